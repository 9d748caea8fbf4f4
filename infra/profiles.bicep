// Sizes and safety by profile: dev is small and cheap, prod is private, in zones, with replicas and longer memory.

@export()
@description('What differs between the profiles, by parameter of main.bicep. All else comes from the environment, in both.')
var profiles = {
  dev: {
    privateNetworking: false
    gatewayTier: 'BasicV2'
    gatewayUnits: 1
    storageSku: 'Standard_LRS'
    logRetentionDays: 30
    alertFrequency: 'PT5M'
    // A deleted vault can be purged, so that its name is free for the next one.
    vaultPurgeProtection: false
    guardLogin: 'key'
    appInstances: {
      instanceMemory: 512
      maximumInstances: 40
      alwaysReadyHttp: 1
      alwaysReadyTimer: 0
      zoneRedundant: false
    }
    containers: {
      cpu: '0.5'
      memory: '1Gi'
      minimumReplicas: 1
      maximumReplicas: 10
      zoneRedundant: false
    }
    // So that nothing is left to do by hand.
    postgresAppIsAdministrator: true
    postgresServer: {
      sku: 'Standard_B1ms'
      tier: 'Burstable'
      storageGb: 32
      backupDays: 7
      geoRedundantBackup: false
      highAvailability: false
    }
    redisCluster: {
      sku: 'Balanced_B0'
      highAvailability: false
    }
  }
  prod: {
    privateNetworking: true
    gatewayTier: 'StandardV2'
    gatewayUnits: 2
    storageSku: 'Standard_ZRS'
    logRetentionDays: 90
    alertFrequency: 'PT1M'
    vaultPurgeProtection: true
    guardLogin: 'identity'
    appInstances: {
      instanceMemory: 2048
      maximumInstances: 100
      alwaysReadyHttp: 2
      alwaysReadyTimer: 1
      zoneRedundant: true
    }
    containers: {
      cpu: '0.5'
      memory: '1Gi'
      minimumReplicas: 2
      maximumReplicas: 20
      zoneRedundant: true
    }
    // A job makes the app's role in the database: docs/container-apps.md.
    postgresAppIsAdministrator: false
    postgresServer: {
      sku: 'Standard_D2ds_v5'
      tier: 'GeneralPurpose'
      storageGb: 128
      backupDays: 35
      geoRedundantBackup: true
      highAvailability: true
    }
    redisCluster: {
      sku: 'Balanced_B1'
      highAvailability: true
    }
  }
}
