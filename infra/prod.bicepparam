// For production: private networking, zones, replicas, longer memory, alerts every minute.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
param publisherEmail = readEnvironmentVariable('HX_PUBLISHER_EMAIL', 'platform@example.org')
param llmGatewayUrl = readEnvironmentVariable('HX_LLM_GATEWAY_URL', '')

param privateNetworking = true
param gatewayTier = 'StandardV2'
param gatewayUnits = 2
param storageSku = 'Standard_ZRS'
param logRetentionDays = 90
param alertFrequency = 'PT1M'
param alertEmails = filter([readEnvironmentVariable('HX_ALERT_EMAIL', '')], mail => !empty(mail))

param checkIntervalSeconds = 30
param appInstances = {
  instanceMemory: 2048
  maximumInstances: 100
  alwaysReadyHttp: 2
  alwaysReadyTimer: 1
}

param postgresSource = readEnvironmentVariable('HX_POSTGRES_SOURCE', 'new')
param postgresLogin = readEnvironmentVariable('PG_AUTH', 'entra')
// The group whose members make the app's role in the database, once: docs/azure.md.
param postgresEntraAdministrators = filter(
  [
    {
      objectId: readEnvironmentVariable('HX_POSTGRES_ADMIN_ID', '')
      name: readEnvironmentVariable('HX_POSTGRES_ADMIN_NAME', '')
      type: 'Group'
    }
  ],
  who => !empty(who.objectId)
)
param postgresServer = {
  sku: 'Standard_D2ds_v5'
  tier: 'GeneralPurpose'
  storageGb: 128
  backupDays: 35
  geoRedundantBackup: true
  highAvailability: true
}

param redisSource = readEnvironmentVariable('HX_REDIS_SOURCE', 'new')
param redisLogin = readEnvironmentVariable('REDIS_AUTH', 'entra')
param redisCluster = {
  sku: 'Balanced_B1'
  highAvailability: true
}

param qdrantUrl = readEnvironmentVariable('QDRANT_URL', '')

// Secrets never stand in a file.
param postgresUrl = readEnvironmentVariable('PG_URL', '')
param postgresAdministratorPassword = readEnvironmentVariable('HX_POSTGRES_PASSWORD', '')
param redisUrl = readEnvironmentVariable('REDIS_URL', '')
param qdrantApiKey = readEnvironmentVariable('QDRANT_API_KEY', '')

param existingGatewayId = readEnvironmentVariable('HX_GATEWAY_ID', '')
param existingVaultId = readEnvironmentVariable('HX_VAULT_ID', '')
param existingWorkspaceId = readEnvironmentVariable('HX_WORKSPACE_ID', '')
