// Log Analytics (unless one is brought) and Application Insights on it.
import { resourceNames, roleIds } from '../names.bicep'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Resource names.')
param names resourceNames

@description('Resource id of a workspace to use. Blank: one is created.')
param existingWorkspaceId string

@description('Days that the created workspace keeps logs for.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('The upper bound of what the created workspace takes in a day, in GB; -1 for none. Alerts are blind once it is reached.')
param dailyQuotaGb int

@description('The app\'s identity: the only one that may send telemetry.')
param appPrincipalId string

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = if (empty(existingWorkspaceId)) {
  name: names.workspace
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    features: { disableLocalAuth: true }
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
  }
}

resource workspaceDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (empty(existingWorkspaceId)) {
  name: 'to-workspace'
  scope: workspace
  properties: {
    workspaceId: workspace.id
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

var workspaceResourceId = empty(existingWorkspaceId) ? workspace.id : existingWorkspaceId

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: names.insights
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceResourceId
    IngestionMode: 'LogAnalytics'
    // The key in the connection string only says where to; who may is decided by the role below.
    DisableLocalAuth: true
  }
}

resource mayPublish 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, appPrincipalId, roleIds.monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds.monitoringMetricsPublisher
    )
  }
}

@description('Resource id of the workspace.')
output workspaceId string = workspaceResourceId

@description('Resource id of Application Insights.')
output insightsId string = insights.id

@description('Where telemetry goes. No secret, since local authentication is off.')
output connectionString string = insights.properties.ConnectionString
