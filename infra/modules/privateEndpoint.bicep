// A private endpoint and its name in the zone.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The service\'s resource id.')
param serviceId string

@description('Which of the service\'s endpoints, in Private Link\'s words: blob, table, vault, postgresqlServer, redisEnterprise, sites.')
param groupId string

@description('Subnet of the private endpoints.')
param subnetId string

@description('The private DNS zone.')
param zoneId string

var endpointName = 'pe-${last(split(serviceId, '/'))}-${groupId}'

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: endpointName
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    customNetworkInterfaceName: 'nic-${endpointName}'
    privateLinkServiceConnections: [
      {
        name: groupId
        properties: {
          privateLinkServiceId: serviceId
          groupIds: [groupId]
        }
      }
    ]
  }

  resource zone 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: groupId, properties: { privateDnsZoneId: zoneId } }]
    }
  }
}
