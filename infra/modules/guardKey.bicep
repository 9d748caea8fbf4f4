// Copies the guard's function key into the vault, where API Management reads it. It is in no output and no app setting.
// Not where API Management shows a token.
import { secretNames, guardFunction, subscriptionOf, groupOf, nameOf } from '../names.bicep'

@description('The function app.')
param functionAppName string

@description('The environment, by ownerOf: its secrets in the vault say so.')
param owner string

@description('The vault.')
param vaultId string

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName

  resource guard 'functions' existing = { name: guardFunction }
}

// That function's own key: it opens nothing but /guard. The host makes it when the function is there.
module secret 'vaultSecret.bicep' = {
  name: 'hx-guard-key'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: {
    vaultName: nameOf(vaultId)
    name: secretNames.guardKey
    owner: owner
    value: app::guard.listKeys().default
  }
}
