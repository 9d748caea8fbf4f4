// The identity that the function app does everything as.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The identity\'s name. It is also the name of its PostgreSQL role.')
param name string

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id.')
output id string = identity.id

@description('The identity\'s name.')
output name string = identity.name

@description('What Azure.Identity chooses it by (AZURE_CLIENT_ID).')
output clientId string = identity.properties.clientId

@description('The object id that roles are given to. It is also the identity\'s user name in Azure Managed Redis.')
output principalId string = identity.properties.principalId
