// A virtual network with a subnet for each who needs one, and the private DNS zones of the services behind private endpoints.
import { resourceNames } from '../names.bicep'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Resource names.')
param names resourceNames

@description('The network\'s address range, at least a /24.')
param addressPrefix string

@description('Services with a private endpoint: blob, postgres, redis, sites, table, vault. A zone without an endpoint in it would hide a service that has one elsewhere.')
param services string[]

// https://learn.microsoft.com/azure/private-link/private-endpoint-dns
var zoneNames = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  vault: 'privatelink.vaultcore.azure.net'
  postgres: 'privatelink.postgres.database.azure.com'
  redis: 'privatelink.redis.azure.net'
  sites: 'privatelink.azurewebsites.net'
}

var zoneItems = filter(items(zoneNames), zone => contains(services, zone.key))

resource securityGroup 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: 'nsg-${names.network}'
  location: location
  tags: tags
  properties: {
    // Inside the network the default rules allow everything, and from outside nothing may come in.
    securityRules: [
      {
        name: 'nothing-from-the-internet'
        properties: {
          priority: 4000
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: names.network
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          networkSecurityGroup: { id: securityGroup.id }
          // What Flex Consumption wants: https://learn.microsoft.com/azure/azure-functions/flex-consumption-how-to#enable-virtual-network-integration
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'gateway'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 1)
          networkSecurityGroup: { id: securityGroup.id }
          // What the v2 tiers of API Management want for calls into a network.
          delegations: [{ name: 'apim', properties: { serviceName: 'Microsoft.Web/serverFarms' } }]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 2)
          networkSecurityGroup: { id: securityGroup.id }
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
      {
        // A Container Apps environment and Flex Consumption can't share one.
        name: 'containers'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 3)
          networkSecurityGroup: { id: securityGroup.id }
          delegations: [{ name: 'containers', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
    ]
  }

  resource functions 'subnets' existing = { name: 'functions' }
  resource gateway 'subnets' existing = { name: 'gateway' }
  resource endpoints 'subnets' existing = { name: 'endpoints' }
  resource containers 'subnets' existing = { name: 'containers' }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zone in zoneItems: {
    name: zone.value
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zone, index) in zoneItems: {
    parent: zones[index]
    name: names.network
    location: 'global'
    tags: tags
    properties: {
      virtualNetwork: { id: network.id }
      registrationEnabled: false
    }
  }
]

@description('Subnet of the function app.')
output functionsSubnetId string = network::functions.id

@description('Subnet that API Management calls out from.')
output gatewaySubnetId string = network::gateway.id

@description('Subnet of the private endpoints.')
output endpointsSubnetId string = network::endpoints.id

@description('Subnet of the Container Apps environment.')
output containersSubnetId string = network::containers.id

@description('The network.')
output id string = network.id

@description('Resource ids of the private DNS zones, by service.')
output zoneIds object = toObject(
  zoneItems,
  zone => zone.key,
  zone => resourceId('Microsoft.Network/privateDnsZones', zone.value)
)
