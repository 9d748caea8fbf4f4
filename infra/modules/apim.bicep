// The guard in API Management: named values, the two fragments, and, where the LLM gateway is known, an API in front of it.
import { secretNames } from '../names.bicep'

@description('The service. It may have been there before, in a resource group of its own.')
param serviceName string

@description('Where the guard answers.')
param functionAppUrl string

@description('The vault that holds the function key.')
param vaultUri string

@description('What happens to a request when the guard gives no answer at all: closed refuses it, open passes it with a marker header.')
@allowed(['closed', 'open'])
param onUnreachable string

@description('Base URL of the LLM gateway. Blank: no API is made, and the fragments wait for one of yours.')
param backendUrl string

@description('The API\'s path on the gateway.')
param apiPath string

resource service 'Microsoft.ApiManagement/service@2024-05-01' existing = {
  name: serviceName
}

resource guardUrl 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = {
  parent: service
  name: 'hx-guard-url'
  properties: { displayName: 'hx-guard-url', value: functionAppUrl }
}

resource guardOnUnreachable 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = {
  parent: service
  name: 'hx-guard-on-unreachable'
  properties: { displayName: 'hx-guard-on-unreachable', value: onUnreachable }
}

resource guardKey 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = {
  parent: service
  name: 'hx-guard-key'
  properties: {
    displayName: 'hx-guard-key'
    secret: true
    // Without a version: a new key is taken within four hours, or at once by "Refresh secret".
    keyVault: { secretIdentifier: '${vaultUri}secrets/${secretNames.guardKey}' }
  }
}

resource guardByRule 'Microsoft.ApiManagement/service/policyFragments@2024-05-01' = {
  parent: service
  name: 'hx-guard-by-rule'
  properties: {
    description: 'Asks the guard once per rule: for an API or operation that is all admin routes.'
    format: 'rawxml'
    value: loadTextContent('../apim/fragments/hx-guard-by-rule.xml')
  }
  dependsOn: [guardUrl, guardKey, guardOnUnreachable]
}

resource guardByPath 'Microsoft.ApiManagement/service/policyFragments@2024-05-01' = {
  parent: service
  name: 'hx-guard-by-path'
  properties: {
    description: 'Asks the guard about each path: for an API that has admin routes among others.'
    format: 'rawxml'
    value: loadTextContent('../apim/fragments/hx-guard-by-path.xml')
  }
  dependsOn: [guardUrl, guardKey, guardOnUnreachable]
}

resource api 'Microsoft.ApiManagement/service/apis@2024-05-01' = if (!empty(backendUrl)) {
  parent: service
  name: 'hx-admin'
  properties: {
    displayName: 'LLM gateway, administration'
    description: 'The LLM gateway behind the guard.'
    path: apiPath
    protocols: ['https']
    serviceUrl: backendUrl
    subscriptionRequired: true
  }

  resource operations 'operations' = [
    for method in ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']: {
      name: toLower(method)
      properties: {
        displayName: method
        method: method
        urlTemplate: '/*'
      }
    }
  ]

  resource policy 'policies' = {
    name: 'policy'
    properties: {
      format: 'rawxml'
      value: loadTextContent('../apim/policies/admin-api.xml')
    }
    dependsOn: [guardByRule, guardByPath]
  }
}
