// API Management.
import { gatewaySku } from '../types.bicep'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The service\'s name.')
param name string

@description('Tier.')
param sku gatewaySku

@description('Units of scale.')
@minValue(1)
param units int

@description('Who is told about the service, by mail.')
param publisherEmail string

@description('Who is named as publisher.')
param publisherName string

@description('The subnet that the gateway calls out from. Blank: no virtual network.')
param subnetId string

@description('Log Analytics.')
param workspaceId string

var isV2 = endsWith(sku, 'V2')
var hasNetwork = !empty(subnetId)
// The v2 tiers speak TLS 1.2 and later only, and know no such switches.
var protocols = 'Microsoft.WindowsAzure.ApiManagement.Gateway.Security'

resource service 'Microsoft.ApiManagement/service@2024-05-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku, capacity: units }
  identity: { type: 'SystemAssigned' }
  properties: {
    publisherEmail: publisherEmail
    publisherName: publisherName
    virtualNetworkType: hasNetwork ? 'External' : 'None'
    virtualNetworkConfiguration: hasNetwork ? { subnetResourceId: subnetId } : null
    customProperties: isV2
      ? null
      : {
          '${protocols}.Protocols.Ssl30': 'False'
          '${protocols}.Protocols.Tls10': 'False'
          '${protocols}.Protocols.Tls11': 'False'
          '${protocols}.Backend.Protocols.Ssl30': 'False'
          '${protocols}.Backend.Protocols.Tls10': 'False'
          '${protocols}.Backend.Protocols.Tls11': 'False'
        }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: service
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Resource id.')
output id string = service.id

@description('The service\'s own identity: object id.')
output principalId string = service.identity.principalId
