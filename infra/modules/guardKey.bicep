// Copies the app's function key into the vault, where API Management reads it. It is in no output and no app setting.
import { secretNames, subscriptionOf, groupOf, nameOf } from '../names.bicep'

@description('The function app.')
param functionAppName string

@description('The vault.')
param vaultId string

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

// The host's keys are no resource that can be declared.
module secret 'vaultSecret.bicep' = {
  name: 'hx-guard-key'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: {
    vaultName: nameOf(vaultId)
    name: secretNames.guardKey
    value: listKeys('${app.id}/host/default', app.apiVersion).functionKeys.default
  }
}
