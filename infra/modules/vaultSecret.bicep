// One secret.

@description('The vault.')
param vaultName string

@description('The secret\'s name.')
param name string

@description('The environment that it is of, by ownerOf. infra/hooks/preprovision.sh stops another one that would overwrite it.')
param owner string

@description('The secret. Never in an output.')
@secure()
param value string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName

  resource secret 'secrets' = {
    name: name
    tags: { 'hx-environment': owner }
    properties: { value: value }
  }
}
