// The function app on Flex Consumption: .NET 10, isolated worker.
import { appSize } from '../types.bicep'
import { resourceNames } from '../names.bicep'

@description('Region. Flex Consumption is not in all of them: az functionapp list-flexconsumption-locations')
param location string

@description('Tags of every resource.')
param tags object

@description('Resource names.')
param names resourceNames

@description('Size.')
param size appSize

@description('The app\'s identity: resource id.')
param identityId string

@description('The storage account.')
param storageName string

@description('Where the app package is put.')
param packageContainerUrl string

@description('Whether only its private endpoint reaches it.')
param isPrivate bool

@description('The subnet that the app calls out from. Blank: no virtual network.')
param subnetId string

@description('App settings, all of them.')
param settings object

@description('Log Analytics.')
param workspaceId string

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: names.plan
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: size.zoneRedundant }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: names.functionApp
  location: location
  // azd finds the app by this tag: the service's name in azure.yaml.
  tags: union(tags, { 'azd-service-name': 'hxfunctions' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: size.instanceMemory
        maximumInstanceCount: size.maximumInstances
        // HTTP functions scale as one group; the timer is apart, and must not pause when it is busy.
        alwaysReady: concat(
          size.alwaysReadyHttp > 0 ? [{ name: 'http', instanceCount: size.alwaysReadyHttp }] : [],
          size.alwaysReadyTimer > 0 ? [{ name: 'function:Snapshot', instanceCount: size.alwaysReadyTimer }] : []
        )
        // The guard answers from memory: the default (4 with 512 MB) would start instances for nothing.
        triggers: { http: { perInstanceConcurrency: 100 } }
      }
    }
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      remoteDebuggingEnabled: false
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(settings, {
      AzureWebJobsStorage__accountName: storageName
    })
  }

  // No passwords for publishing: azd and the Azure CLI deploy with tokens.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'FunctionAppLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Resource id.')
output id string = app.id

@description('The app\'s name.')
output name string = app.name

@description('Where it answers.')
output url string = 'https://${app.properties.defaultHostName}'
