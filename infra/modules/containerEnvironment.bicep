// A Container Apps environment with the consumption profile: what runs in it is paid by use.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The environment\'s name.')
param name string

@description('Its subnet, at least a /27 of its own. Blank: a network of Azure\'s, which reaches nothing private. Can\'t be changed later.')
param subnetId string

@description('Whether only the virtual network reaches it. Can\'t be changed later.')
param isInternal bool

@description('Whether replicas are spread over zones. Needs a subnet, and can\'t be changed later.')
param zoneRedundant bool

@description('Log Analytics.')
param workspaceId string

resource environment 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
    vnetConfiguration: empty(subnetId) ? null : { infrastructureSubnetId: subnetId, internal: isInternal }
    publicNetworkAccess: isInternal ? 'Disabled' : 'Enabled'
    zoneRedundant: zoneRedundant
    // By the diagnostic setting below: "log-analytics" would want the workspace's shared key, which is off.
    appLogsConfiguration: { destination: 'azure-monitor' }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: environment
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Resource id.')
output id string = environment.id

@description('The domain that its apps\' names are in.')
output defaultDomain string = environment.properties.defaultDomain

@description('The address behind all of these names.')
output staticIp string = environment.properties.staticIp
