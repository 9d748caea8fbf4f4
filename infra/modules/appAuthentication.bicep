// App Service authentication in front of the function app: only API Management's identity gets through. The app asks it for no key, and looks
// whether GUARD_PRINCIPALS names it.
// https://learn.microsoft.com/azure/app-service/configure-authentication-provider-aad#use-a-built-in-authorization-policy

@description('The function app.')
param functionAppName string

@description('Client id of the Entra application that stands for the app: tokens are asked for, and accepted, with it.')
param applicationId string

@description('Object id of the only identity that is let in.')
param callerPrincipalId string

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      // Anonymous functions anyway, for probes.
      excludedPaths: ['/healthz/live', '/healthz/ready']
    }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: applicationId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [applicationId, 'api://${applicationId}']
          defaultAuthorizationPolicy: { allowedPrincipals: { identities: [callerPrincipalId] } }
        }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
}
