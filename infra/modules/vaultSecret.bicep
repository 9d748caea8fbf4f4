// One secret.

@description('The vault.')
param vaultName string

@description('The secret\'s name.')
param name string

@description('The secret. Never in an output.')
@secure()
param value string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName

  resource secret 'secrets' = {
    name: name
    properties: { value: value }
  }
}
