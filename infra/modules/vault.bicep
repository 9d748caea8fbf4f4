// Key Vault. Access by role; with purge protection nothing can be purged before its time.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The vault\'s name.')
param name string

@description('Whether only private endpoints reach it.')
param isPrivate bool

@description('Whether nobody can purge the vault, or a secret, before its time is over. It can be turned on later, and never off.')
param purgeProtection bool

@description('Log Analytics.')
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    // The service lets nobody change it later: the same with and without protection, which may be turned on.
    softDeleteRetentionInDays: 90
    // The service refuses false.
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      // API Management reads its named values as a trusted service, and deployments write secrets as one.
      bypass: 'AzureServices'
    }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Resource id.')
output id string = vault.id
