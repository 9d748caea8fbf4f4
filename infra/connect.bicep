// The second phase, when the app's code is there: the guard goes into API Management, with guardLogin 'key' the app's key into the vault,
// and alerts watch over both.
// infra/hooks/postdeploy.sh deploys it.
targetScope = 'resourceGroup'

import { namesFor, ownerOf, secretNames, subscriptionOf, groupOf, nameOf } from 'names.bicep'
import { checkInterval } from 'schedule.bicep'
import { guardAuthentication, productHost } from 'types.bicep'

@description('The environment\'s name, as main.bicep had it: every name follows from it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('What runs the product. containers: container-apps/main.bicep was deployed, and has put the key into the vault.')
param host productHost = 'functions'

@description('Resource id of the API Management service, if main.bicep was given one. Blank: the one that it created.')
param existingGatewayId string = ''

@description('Resource id of the Key Vault, if main.bicep was given one. Blank: the one that it created.')
param existingVaultId string = ''

@description('Base URL of the LLM gateway. Blank: no API is made; place the fragments in yours.')
param llmGatewayUrl string = ''

@description('Path of that API on API Management, as main.bicep had it.')
param apiPath string = 'llm'

@description('What happens to a request when the guard gives no answer at all.')
@allowed(['closed', 'open'])
param guardOnUnreachable string = 'closed'

@description('Requests that a subscription to that API may send in a minute. Model traffic counts, too.')
@minValue(1)
param rateLimit int = 6000

@description('How API Management logs in to the app, as main.bicep had it.')
param guardLogin guardAuthentication

@description('Client id of the Entra application that stands for the app; infra/hooks/preprovision.sh makes it. Blank: the login is by key.')
param guardApplicationId string = ''

@description('Region of the alerts; that of main.bicep.')
param location string = resourceGroup().location

@description('Tags of every resource, as main.bicep had them.')
param tags object = {}

@description('Resource id of the Log Analytics workspace, if main.bicep was given one. Blank: the one that it created.')
param existingWorkspaceId string = ''

@description('Seconds between two checks, as main.bicep had it: the alerts reckon with it.')
param checkIntervalSeconds checkInterval = 30

@description('Mail addresses that alerts go to.')
param alertEmails string[] = []

@description('Action groups that alerts go to besides, by resource id.')
param alertActionGroupIds string[] = []

@description('How often alerts look. Every minute costs twice as much as every five.')
@allowed(['PT1M', 'PT5M'])
param alertFrequency string = 'PT5M'

var names = namesFor(environmentName, uniqueString(resourceGroup().id, environmentName))
var owner = ownerOf(resourceGroup().id, environmentName)
var vaultId = empty(existingVaultId) ? resourceId('Microsoft.KeyVault/vaults', names.vault) : existingVaultId
var gatewayId = empty(existingGatewayId)
  ? resourceId('Microsoft.ApiManagement/service', names.gateway)
  : existingGatewayId
var runsFunctions = host == 'functions'
var applicationId = guardLogin == 'key' || !runsFunctions
  ? ''
  : empty(guardApplicationId)
      ? fail('Set HX_GUARD_APPLICATION_ID (parameter guardApplicationId), or HX_GUARD_LOGIN=key for a function key instead.')
      : guardApplicationId

resource app 'Microsoft.Web/sites@2025-03-01' existing = if (runsFunctions) {
  name: names.functionApp
}

resource containerApp 'Microsoft.App/containerApps@2025-07-01' existing = if (!runsFunctions) {
  name: names.containerApp
}

resource gateway 'Microsoft.ApiManagement/service@2024-05-01' existing = {
  name: nameOf(gatewayId)
  scope: resourceGroup(subscriptionOf(gatewayId), groupOf(gatewayId))
}

module guardKey 'modules/guardKey.bicep' = if (runsFunctions && empty(applicationId)) {
  name: 'hx-guard-key-copy'
  params: { functionAppName: names.functionApp, owner: owner, vaultId: vaultId }
}

module guardInGateway 'modules/apim.bicep' = {
  name: 'hx-guard-in-gateway'
  scope: resourceGroup(subscriptionOf(gatewayId), groupOf(gatewayId))
  params: {
    serviceName: nameOf(gatewayId)
    owner: owner
    tier: gateway.sku.name
    functionAppUrl: 'https://${runsFunctions ? app!.properties.defaultHostName : containerApp!.properties.configuration.ingress.fqdn}'
    vaultUri: 'https://${nameOf(vaultId)}${environment().suffixes.keyvaultDns}/'
    keyName: runsFunctions ? secretNames.guardKey : secretNames.serveGuardKey
    onUnreachable: guardOnUnreachable
    rateLimit: rateLimit
    applicationId: applicationId
    backendUrl: llmGatewayUrl
    apiPath: apiPath
  }
  dependsOn: [guardKey]
}

// Last: from here on the app answers nobody without a token, and API Management sends one.
module authentication 'modules/appAuthentication.bicep' = if (!empty(applicationId)) {
  name: 'hx-app-authentication'
  params: {
    functionAppName: names.functionApp
    applicationId: applicationId
    callerPrincipalId: gateway.identity.principalId
  }
  dependsOn: [guardInGateway]
}

// The way back, once API Management sends a key. Resource Manager leaves alone what a deployment doesn't name: App Service would go on
// answering the key with 401.
resource noAuthentication 'Microsoft.Web/sites/config@2025-03-01' = if (runsFunctions && empty(applicationId)) {
  parent: app
  name: 'authsettingsV2'
  properties: { platform: { enabled: false } }
  dependsOn: [guardInGateway]
}

// Not in main.bicep, which is deployed when there is no code yet: the silence of an app that isn't there would be an alarm. Nor is there a switch
// that the next "azd provision" could turn: it leaves them alone.
module alerts 'modules/alerts.bicep' = {
  name: 'hx-alerts'
  params: {
    location: location
    tags: union(tags, { 'azd-env-name': environmentName })
    names: names
    workspaceId: empty(existingWorkspaceId)
      ? resourceId('Microsoft.OperationalInsights/workspaces', names.workspace)
      : existingWorkspaceId
    insightsId: resourceId('Microsoft.Insights/components', names.insights)
    functionAppId: runsFunctions ? app.id : containerApp.id
    emails: alertEmails
    actionGroupIds: alertActionGroupIds
    frequency: alertFrequency
    checkIntervalSeconds: checkIntervalSeconds
  }
  // Minutes pass meanwhile, in which the first reports come in.
  dependsOn: [guardInGateway]
}

@description('The app, which must start anew to see whether authentication stands before it. Blank: it never did, or this is no function app.')
output appToRestart string = runsFunctions && (!empty(applicationId) || !empty(guardApplicationId))
  ? names.functionApp
  : ''
