// The workbook: verdicts, dependencies, latencies, transitions.
import { resourceNames } from '../names.bicep'
import { metricNames, dimensionNames, filled } from '../telemetry.bicep'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Resource names.')
param names resourceNames

@description('Log Analytics.')
param workspaceId string

@description('Application Insights.')
param insightsId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // A workbook's name must be a GUID.
  name: guid(resourceGroup().id, names.workbook)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: names.workbook
    sourceId: workspaceId
    serializedData: filled(
      loadTextContent('../monitoring/workbook.json'),
      union(metricNames, dimensionNames, { workspaceId: workspaceId, insightsId: insightsId })
    )
  }
}
