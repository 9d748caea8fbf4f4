// Azure Managed Redis with one database.
import { secretNames, subscriptionOf, groupOf, nameOf } from '../names.bicep'
import { authentication, redisSize } from '../types.bicep'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The cluster\'s name.')
param name string

@description('Size and safety.')
param size redisSize

@description('How the app logs in.')
param login authentication

@description('The app\'s identity: object id, which is its user name.')
param appPrincipalId string

@description('Whether only private endpoints reach it.')
param isPrivate bool

@description('The environment, by ownerOf: its secrets in the vault say so.')
param owner string

@description('The vault that the URL with the key goes to.')
param vaultId string

@description('Log Analytics.')
param workspaceId string

var usesEntra = login == 'entra'
// Azure Managed Redis listens on no other.
var port = 10000

resource cluster 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: size.sku }
  properties: {
    highAvailability: size.highAvailability ? 'Enabled' : 'Disabled'
    minimumTlsVersion: '1.2'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
  }

  resource database 'databases' = {
    name: 'default'
    properties: {
      clientProtocol: 'Encrypted'
      port: port
      // One endpoint in front of all shards: for clients that know nothing of clusters.
      clusteringPolicy: 'EnterpriseCluster'
      // Records carry their own expiry; a full server must refuse writes, which the probe then reports, rather than lose an override.
      evictionPolicy: 'NoEviction'
      accessKeysAuthentication: usesEntra ? 'Disabled' : 'Enabled'
    }

    resource app 'accessPolicyAssignments' = if (usesEntra) {
      name: 'hxfunctions'
      properties: {
        // The only built-in policy.
        accessPolicyName: 'default'
        user: { objectId: appPrincipalId }
      }
    }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: cluster
  properties: {
    workspaceId: workspaceId
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

resource databaseDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: cluster::database
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}

module urlWithKey 'vaultSecret.bicep' = if (!usesEntra) {
  name: 'hx-redis-url'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: {
    vaultName: nameOf(vaultId)
    name: secretNames.redisUrl
    owner: owner
    value: 'rediss://:${uriComponent(cluster::database.listKeys().primaryKey)}@${cluster.properties.hostName}:${port}'
  }
}

@description('Resource id.')
output id string = cluster.id

@description('The URL without any key: what the app needs with Entra.')
output url string = 'rediss://${appPrincipalId}@${cluster.properties.hostName}:${port}'
