// Makes a managed identity an Entra administrator of a PostgreSQL server that is there.

@description('The server.')
param serverName string

@description('The identity\'s name, which is its role\'s.')
param name string

@description('The identity\'s object id.')
param principalId string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' existing = {
  name: serverName

  resource administrator 'administrators' = {
    name: principalId
    properties: {
      principalName: name
      principalType: 'ServicePrincipal'
      tenantId: tenant().tenantId
    }
  }
}
