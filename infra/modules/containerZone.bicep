// The names of an internal environment's apps, for its virtual network: no public DNS knows them.
// https://learn.microsoft.com/azure/container-apps/private-endpoints-with-dns

@description('Tags of every resource.')
param tags object

@description('The environment\'s domain.')
param domain string

@description('The environment\'s address.')
param staticIp string

@description('The network: resource id.')
param networkId string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: domain
  location: 'global'
  tags: tags

  // Every app, and every label of one (APP---LABEL).
  resource apps 'A' = {
    name: '*'
    properties: { ttl: 300, aRecords: [{ ipv4Address: staticIp }] }
  }

  resource link 'virtualNetworkLinks' = {
    name: last(split(networkId, '/'))
    location: 'global'
    tags: tags
    properties: {
      virtualNetwork: { id: networkId }
      registrationEnabled: false
    }
  }
}
