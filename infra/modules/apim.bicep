// The guard in API Management: named values, the two fragments, and, where the LLM gateway is known, an API in front of it with a product.
// Fragments ask for each request: the reference supports no cache in them. The API's own policy has it wherever the tier has one.

@description('The service. It may have been there before, in a resource group of its own.')
param serviceName string

@description('The environment whose guard this is, by ownerOf. infra/hooks/preprovision.sh stops another one that would overwrite it.')
param owner string

@description('Its tier, which decides what its policy may use: infra/apim/README.md.')
param tier string

@description('Where the guard answers.')
param functionAppUrl string

@description('The vault that holds the key, where the guard is asked with one.')
param vaultUri string

@description('The secret in there that is the key.')
param keyName string

@description('What happens to a request when the guard gives no answer at all: closed refuses it, open passes it with a marker header.')
@allowed(['closed', 'open'])
param onUnreachable string

@description('Requests that a subscription may send in a minute, to models and administration together.')
param rateLimit int

@description('Client id of the Entra application that tokens are asked for with. Blank: the guard is asked with its key.')
param applicationId string

@description('Base URL of the LLM gateway. Blank: no API is made, and the fragments wait for one of yours.')
param backendUrl string

@description('The API\'s path on the gateway.')
param apiPath string

var hasIdentity = !empty(applicationId)
var hasCache = tier != 'Consumption'

resource service 'Microsoft.ApiManagement/service@2024-05-01' existing = {
  name: serviceName
}

// First, so that from here on no other environment writes what follows.
resource environment 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = {
  parent: service
  name: 'hx-environment'
  properties: { displayName: 'hx-environment', value: owner }
}

resource guardUrl 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = {
  parent: service
  name: 'hx-guard-url'
  properties: { displayName: 'hx-guard-url', value: functionAppUrl }
  dependsOn: [environment]
}

resource guardOnUnreachable 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = {
  parent: service
  name: 'hx-guard-on-unreachable'
  properties: { displayName: 'hx-guard-on-unreachable', value: onUnreachable }
}

resource limit 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = {
  parent: service
  name: 'hx-rate-limit'
  properties: { displayName: 'hx-rate-limit', value: string(rateLimit) }
}

resource guardKey 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = if (!hasIdentity) {
  parent: service
  name: 'hx-guard-key'
  properties: {
    displayName: 'hx-guard-key'
    secret: true
    // Without a version: a new key is taken within four hours, or at once by "Refresh secret".
    keyVault: { secretIdentifier: '${vaultUri}secrets/${keyName}' }
  }
}

resource guardResource 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = if (hasIdentity) {
  parent: service
  name: 'hx-guard-resource'
  properties: { displayName: 'hx-guard-resource', value: applicationId }
}

resource guardByRule 'Microsoft.ApiManagement/service/policyFragments@2024-05-01' = {
  parent: service
  name: 'hx-guard-by-rule'
  properties: {
    description: 'Asks the guard once per rule: for an API or operation that is all admin routes.'
    format: 'rawxml'
    value: hasIdentity
      ? loadTextContent('../apim/variants/uncached-identity/hx-guard-by-rule.xml')
      : loadTextContent('../apim/variants/uncached/hx-guard-by-rule.xml')
  }
  dependsOn: [guardUrl, guardKey, guardOnUnreachable, guardResource, limit]
}

resource guardByPath 'Microsoft.ApiManagement/service/policyFragments@2024-05-01' = {
  parent: service
  name: 'hx-guard-by-path'
  properties: {
    description: 'Asks the guard about each path: for an API that has admin routes among others.'
    format: 'rawxml'
    value: hasIdentity
      ? loadTextContent('../apim/variants/uncached-identity/hx-guard-by-path.xml')
      : loadTextContent('../apim/variants/uncached/hx-guard-by-path.xml')
  }
  dependsOn: [guardUrl, guardKey, guardOnUnreachable, guardResource, limit]
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
      value: !hasCache
        ? loadTextContent('../apim/variants/uncached/admin-api.xml')
        : hasIdentity
            ? loadTextContent('../apim/variants/inline-identity/by-path.xml')
            : loadTextContent('../apim/variants/inline/by-path.xml')
    }
    // The named values that it reads, or the fragments.
    dependsOn: [guardUrl, guardKey, guardOnUnreachable, guardResource, limit, guardByRule, guardByPath]
  }
}

// What a caller subscribes to. Nobody is let in unasked.
resource product 'Microsoft.ApiManagement/service/products@2024-05-01' = if (!empty(backendUrl)) {
  parent: service
  name: 'hx-admin'
  properties: {
    displayName: 'LLM gateway, administration'
    description: 'The LLM gateway behind the guard.'
    subscriptionRequired: true
    approvalRequired: true
    state: 'published'
  }

  resource link 'apiLinks' = {
    name: 'hx-admin'
    properties: { apiId: api.id }
  }
}

// The first one, for hx gateway check and for the platform team itself.
resource subscription 'Microsoft.ApiManagement/service/subscriptions@2024-05-01' = if (!empty(backendUrl)) {
  parent: service
  name: 'hx-admin'
  properties: {
    displayName: 'hx-admin'
    scope: product.id
    state: 'active'
    allowTracing: false
  }
}
