// hx serve in Container Apps. Each change of image, variables or size makes a revision beside the ones that are there.
import { containerSize } from '../types.bicep'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The app\'s name.')
param name string

@description('The environment.')
param environmentId string

@description('The app\'s identity: resource id.')
param identityId string

@description('The image, by digest.')
param image string

@description('The registry that wants a login. Blank: none.')
param registryServer string

@description('Size.')
param size containerSize

@description('Variables, as for the function app. Secrets are not among them.')
param settings object

@description('Variables whose value is a secret in the vault, by its name there.')
param vaultVariables object

@description('The vault.')
param vaultUri string

@description('The latest revision, by its suffix. With "inactive-" in front: it isn\'t active. Blank: there is none.')
param latestRevision string

@description('The revision that gets the requests, by its suffix. Blank: the new one. Otherwise the new one gets none, and a name of its own to be tried by.')
param liveRevision string

var port = 8001

// Without those of the Functions host, and those that come from the vault.
var variables = filter(
  items(settings),
  setting => !startsWith(setting.key, 'AzureWebJobs') && !contains(vaultVariables, setting.key)
)

// hx serve listens on loopback unless it has keys.
var ownVariables = [
  { name: 'WRAPPER_HOST', value: '0.0.0.0' }
  { name: 'WRAPPER_PORT', value: string(port) }
  { name: 'WRAPPER_LOG_FORMAT', value: 'json' }
]

// Whether it answers, not what it knows: a guard that knows nothing lets model traffic pass and checks when it is asked about the rest, and an
// app without a ready replica closes everything. infra/kubernetes/README.md has the whole reason.
var live = { path: '/healthz/live', port: port, scheme: 'HTTP' }

var containers = [
  {
    name: 'hx'
    image: image
    resources: { cpu: json(size.cpu), memory: size.memory }
    env: concat(
      map(variables, setting => { name: setting.key, value: string(setting.value) }),
      map(items(vaultVariables), variable => { name: variable.key, secretRef: string(variable.value) }),
      ownVariables
    )
    probes: [
      { type: 'Startup', httpGet: live, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 10 }
      { type: 'Readiness', httpGet: live, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 }
      { type: 'Liveness', httpGet: live, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }
    ]
  }
]

var scale = {
  minReplicas: size.minimumReplicas
  maxReplicas: size.maximumReplicas
  // The guard answers from memory.
  rules: [{ name: 'requests', http: { metadata: { concurrentRequests: '100' } } }]
}

// The same content as the latest revision's keeps its name: a second deployment of it makes no revision. All else gets a name that no
// revision had: an earlier one's is refused ("revision with suffix already exists"), or nothing happens where that one is inactive:
// https://github.com/microsoft/azure-container-apps/issues/650
var content = 'r${take(uniqueString(string(containers), string(scale)), 8)}'
var revision = empty(latestRevision)
  ? content
  : startsWith(latestRevision, content) ? latestRevision : '${content}-${take(uniqueString(latestRevision), 5)}'

resource app 'Microsoft.App/containerApps@2025-07-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      // Old ones go on until they are deactivated: docs/container-apps.md.
      activeRevisionsMode: 'Multiple'
      maxInactiveRevisions: 10
      ingress: {
        // For whoever reaches the environment: with an internal one, the virtual network alone.
        external: true
        targetPort: port
        transport: 'http'
        allowInsecure: false
        traffic: empty(liveRevision) || liveRevision == revision
          ? [{ revisionName: '${name}--${revision}', weight: 100, label: 'live' }]
          : [
              { revisionName: '${name}--${liveRevision}', weight: 100, label: 'live' }
              { revisionName: '${name}--${revision}', weight: 0, label: 'next' }
            ]
      }
      registries: empty(registryServer) ? [] : [{ server: registryServer, identity: identityId }]
      secrets: map(items(vaultVariables), variable => {
        name: string(variable.value)
        keyVaultUrl: '${vaultUri}secrets/${variable.value}'
        identity: identityId
      })
    }
    template: {
      revisionSuffix: revision
      // HEALTH_CHECK_TIMEOUT + 5 s for requests under way, then what telemetry and the webhook have not heard yet.
      terminationGracePeriodSeconds: 30
      containers: containers
      scale: scale
    }
  }
}

@description('Resource id.')
output id string = app.id

@description('Where it answers.')
output url string = 'https://${app.properties.configuration.ingress.fqdn}'

@description('The suffix of the revision that this deployment has made.')
output revision string = revision
