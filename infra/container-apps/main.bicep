// HxFunctions in Azure Container Apps: hx serve instead of the function app, with the same modules around it. docs/container-apps.md tells how to use it.
// The guard is put into API Management by ../connect.bicep, as for the function app.
//
// It reads like ../main.bicep, whose parameters it has; a test compares the two.
targetScope = 'resourceGroup'

import { guardFunction, namesFor, ownerOf, secretNames, subscriptionOf, groupOf, nameOf } from '../names.bicep'
import { checkInterval } from '../schedule.bicep'
import { authentication, containerSize, entraPrincipal, gatewaySku, postgresSize, redisSize, source } from '../types.bicep'

// ---- Where and what it is called ----

@description('The environment\'s name; azd\'s AZURE_ENV_NAME. It is part of every name, as names.bicep makes it fit.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region.')
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags object = {}

// ---- The app ----

@description('Seconds between two checks: the timer\'s schedule and the interval that the app reckons with are both made from it.')
param checkIntervalSeconds checkInterval = 30

@description('Image of hx serve, from containers/Dockerfile, by digest: registry.example/hx@sha256:...')
param image string

@description('Resource id of the Azure Container Registry that the image is in; the app\'s identity may then pull from it. Blank: it can be pulled without a login.')
param registryId string = ''

@description('The revision that goes on getting the requests, by its suffix, while the new one is tried. Blank: the new one gets them.')
param liveRevision string = ''

@description('The latest revision, by its suffix; deploy.sh looks it up. With "inactive-" in front: it isn\'t active. Blank: there is none.')
param latestRevision string = ''

@description('Key that API Management shows to the guard, 16 to 256 characters; it is put into the vault. Blank: it is there already.')
@secure()
param guardKey string

@description('Size of the app.')
param containers containerSize = {
  cpu: '0.5'
  memory: '1Gi'
  minimumReplicas: 1
  maximumReplicas: 10
  zoneRedundant: false
}

@description('App settings that differ from local.settings.sample.json, by name: { GUARD_MODE: \'shadow\' }. Not for secrets.')
param settings object = {}

// ---- PostgreSQL ----

@description('new: a server is created. existing: PG_URL is taken from the secret hx-pg-url in the vault.')
param postgresSource source = 'new'

@description('Region of a new server. Blank: as everything else. Some subscriptions may create none in some regions.')
param postgresLocation string = ''

@description('How the app reaches a new server. azure: whoever runs in Azure can knock at it, in any subscription of anyone.')
@allowed(['endpoint', 'azure'])
param postgresAccess string = 'endpoint'

@description('How the app logs in to PostgreSQL.')
param postgresLogin authentication = 'entra'

@description('The URL of an existing server; it is put into the vault. Blank: the secret hx-pg-url is there already, or the server is new.')
@secure()
param postgresUrl string

@description('Name of the administrator of a new server with passwords.')
@minLength(1)
param postgresAdministratorName string = 'hxadmin'

@description('Its password. Blank unless the server is new and the login is by password.')
@secure()
param postgresAdministratorPassword string

@description('The database on a new server.')
@minLength(1)
param postgresDatabase string = 'litellm'

@description('Size of a new server.')
param postgresServer postgresSize = {
  sku: 'Standard_B1ms'
  tier: 'Burstable'
  storageGb: 32
  backupDays: 7
  geoRedundantBackup: false
  highAvailability: false
}

@description('Entra administrators of a new server, besides the identity of the job that makes the app\'s role.')
param postgresEntraAdministrators entraPrincipal[] = []

@description('Image of that job: psql 16 or later, wget and sh.')
param postgresRoleImage string = 'docker.io/library/postgres:17-alpine'

// ---- Redis ----

@description('new: Azure Managed Redis is created. existing: REDIS_URL is taken from the secret hx-redis-url in the vault.')
param redisSource source = 'new'

@description('Region of a new Redis. Blank: as everything else. Not every region has room for every size.')
param redisLocation string = ''

@description('How the app logs in to Redis.')
param redisLogin authentication = 'entra'

@description('The URL of an existing Redis; it is put into the vault. Blank: the secret hx-redis-url is there already, or Redis is new.')
@secure()
param redisUrl string

@description('Size of a new Redis.')
param redisCluster redisSize = {
  sku: 'Balanced_B0'
  highAvailability: false
}

// ---- Qdrant ----

@description('Base URL of Qdrant. Blank: there is none.')
param qdrantUrl string = ''

@description('Whether Qdrant needs the API key that is in the vault.')
param qdrantHasApiKey bool = false

@description('Its API key; it is put into the vault. Blank: it is there already, or Qdrant needs none.')
@secure()
param qdrantApiKey string

// ---- API Management ----

@description('Resource id of an API Management service to use; it must have a system-assigned identity. Blank: one is created.')
param existingGatewayId string = ''

@description('Region of a created service. Blank: as everything else. It must be the network\'s with private networking.')
param gatewayLocation string = ''

@description('Tier of a created service. BasicV2 is there in minutes; calls into a private network need StandardV2 or PremiumV2.')
param gatewayTier gatewaySku = 'BasicV2'

@description('Units of a created service.')
@minValue(1)
param gatewayUnits int = 1

@description('Who is told about a created service, by mail. Blank: the service is there already.')
param publisherEmail string

@description('Who is named as its publisher.')
@minLength(1)
param publisherName string = 'Platform team'

@description('Base URL of the LLM gateway. Blank: connect.bicep makes no API; place the fragments in yours.')
param llmGatewayUrl string = ''

@description('Path of that API on API Management. connect.bicep must say the same; GUARD_BASE_PATH is set from here.')
param apiPath string = 'llm'

@description('GUARD_BASE_PATH: the path of your own API that includes a fragment, or several with commas. The path above is added, if the API is created.')
param guardBasePath string = ''

// ---- Network ----

@description('Private endpoints for everything, and no public access to anything but API Management.')
param privateNetworking bool = false

@description('Address range of the created virtual network, at least a /24. It must not overlap with a network that it will be peered with.')
param networkAddressPrefix string = '10.80.0.0/24'

// ---- Vault and monitoring ----

@description('Resource id of a Key Vault to use; it must decide access by role. Blank: one is created.')
param existingVaultId string = ''

@description('Whether a created vault can\'t be purged for 90 days after it was deleted. Then nothing can have its name either: docs/azure.md.')
param vaultPurgeProtection bool = true

@description('Resource id of a Log Analytics workspace to use. Blank: one is created.')
param existingWorkspaceId string = ''

@description('Days that a created workspace keeps logs for.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('What a created workspace takes in a day at most, in GB; -1 for no bound. Alerts are blind once it is reached.')
@minValue(-1)
param logDailyQuotaGb int = -1

// ---- What follows from them ----

var names = namesFor(environmentName, uniqueString(resourceGroup().id, environmentName))
var allTags = union(tags, { 'azd-env-name': environmentName })
var owner = ownerOf(resourceGroup().id, environmentName)
// Behind a path that the guard doesn't know, no rule matches.
var ownBasePaths = filter(map(split(guardBasePath, ','), path => trim(path)), path => !empty(path))
var basePaths = union(
  empty(llmGatewayUrl) || empty(apiPath) || contains(ownBasePaths, '/${apiPath}') ? [] : ['/${apiPath}'],
  ownBasePaths
)
// A combination that can't work fails here, before anything is created.
var gatewayReachesPrivateApp = !empty(existingGatewayId) || contains(['StandardV2', 'PremiumV2'], gatewayTier)
var isPrivate = privateNetworking && !gatewayReachesPrivateApp
  ? fail('With privateNetworking, gatewayTier must be StandardV2 or PremiumV2, or existingGatewayId a service that reaches the network.')
  : privateNetworking
var createsPostgres = postgresSource == 'new'
var makesPostgresRole = createsPostgres && postgresLogin == 'entra'
var createsRedis = redisSource == 'new'
var postgresIsPrivate = isPrivate || postgresAccess == 'endpoint'
var hasNetwork = isPrivate || (createsPostgres && postgresIsPrivate)
var imageByDigest = contains(image, '@sha256:')
  ? image
  : fail('Set HX_IMAGE (parameter image) to an image of hx serve by its digest: NAME@sha256:... A tag would be another image one day.')
var publisher = empty(existingGatewayId) && empty(publisherEmail)
  ? fail('Set HX_PUBLISHER_EMAIL (parameter publisherEmail): API Management tells that address what happens to it. Or bring one: HX_GATEWAY_ID.')
  : publisherEmail

module identity '../modules/identity.bicep' = {
  name: 'hx-identity'
  params: { location: location, tags: allTags, name: names.identity }
}

module monitoring '../modules/monitoring.bicep' = {
  name: 'hx-monitoring'
  params: {
    location: location
    tags: allTags
    names: names
    existingWorkspaceId: existingWorkspaceId
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
    appPrincipalId: identity.outputs.principalId
  }
}

// What gets a private endpoint. The app has none: its environment has an address in the network.
var isPostgresPrivate = createsPostgres && postgresIsPrivate
var privateServices = concat(
  isPrivate && empty(existingVaultId) ? [{ id: vaultId, group: 'vault', zone: 'vault' }] : [],
  isPostgresPrivate
    ? [
        {
          id: resourceId('Microsoft.DBforPostgreSQL/flexibleServers', names.postgres)
          group: 'postgresqlServer'
          zone: 'postgres'
        }
      ]
    : [],
  isPrivate && createsRedis
    ? [{ id: resourceId('Microsoft.Cache/redisEnterprise', names.redis), group: 'redisEnterprise', zone: 'redis' }]
    : []
)

module network '../modules/network.bicep' = if (hasNetwork) {
  name: 'hx-network'
  params: {
    location: location
    tags: allTags
    names: names
    addressPrefix: networkAddressPrefix
    services: map(privateServices, service => service.zone)
  }
}

// ---- Vault ----

module vault '../modules/vault.bicep' = if (empty(existingVaultId)) {
  name: 'hx-vault'
  params: {
    location: location
    tags: allTags
    name: names.vault
    isPrivate: isPrivate
    purgeProtection: vaultPurgeProtection
    workspaceId: monitoring.outputs.workspaceId
  }
}

var vaultId = empty(existingVaultId) ? resourceId('Microsoft.KeyVault/vaults', names.vault) : existingVaultId
var vaultUri = 'https://${nameOf(vaultId)}${environment().suffixes.keyvaultDns}/'

module appReadsVault '../modules/vaultReader.bicep' = {
  name: 'hx-app-reads-vault'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: { vaultName: nameOf(vaultId), principalId: identity.outputs.principalId }
  dependsOn: [vault]
}

module postgresUrlSecret '../modules/vaultSecret.bicep' = if (!createsPostgres && !empty(postgresUrl)) {
  name: 'hx-existing-pg-url'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: { vaultName: nameOf(vaultId), name: secretNames.postgresUrl, owner: owner, value: postgresUrl }
  dependsOn: [vault]
}

module redisUrlSecret '../modules/vaultSecret.bicep' = if (!createsRedis && !empty(redisUrl)) {
  name: 'hx-existing-redis-url'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: { vaultName: nameOf(vaultId), name: secretNames.redisUrl, owner: owner, value: redisUrl }
  dependsOn: [vault]
}

module qdrantApiKeySecret '../modules/vaultSecret.bicep' = if (!empty(qdrantApiKey)) {
  name: 'hx-qdrant-api-key'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: { vaultName: nameOf(vaultId), name: secretNames.qdrantApiKey, owner: owner, value: qdrantApiKey }
  dependsOn: [vault]
}

// API Management reads the key alone, and hx serve the pair that says what it opens: the guard, and nothing else.
module guardKeySecret '../modules/vaultSecret.bicep' = if (!empty(guardKey)) {
  name: 'hx-serve-guard-key'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: { vaultName: nameOf(vaultId), name: secretNames.serveGuardKey, owner: owner, value: guardKey }
  dependsOn: [vault]
}

module serveKeysSecret '../modules/vaultSecret.bicep' = if (!empty(guardKey)) {
  name: 'hx-serve-keys'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: {
    vaultName: nameOf(vaultId)
    name: secretNames.serveKeys
    owner: owner
    value: '${guardFunction}:gateway=${guardKey}'
  }
  dependsOn: [vault]
}

// ---- Dependencies ----

// Not the app's: whoever takes the app over can't make roles.
module postgresRoleIdentity '../modules/identity.bicep' = if (makesPostgresRole) {
  name: 'hx-postgres-role-identity'
  params: { location: location, tags: allTags, name: names.postgresRoleIdentity }
}

module postgres '../modules/postgres.bicep' = if (createsPostgres) {
  name: 'hx-postgres'
  params: {
    location: empty(postgresLocation) ? location : postgresLocation
    tags: allTags
    name: names.postgres
    size: postgresServer
    databaseName: postgresDatabase
    login: postgresLogin
    administratorName: postgresAdministratorName
    administratorPassword: postgresAdministratorPassword
    appIdentityName: identity.outputs.name
    appPrincipalId: identity.outputs.principalId
    appIsAdministrator: false
    administrators: concat(
      postgresEntraAdministrators,
      makesPostgresRole
        ? [
            {
              objectId: postgresRoleIdentity!.outputs.principalId
              name: names.postgresRoleIdentity
              type: 'ServicePrincipal'
            }
          ]
        : []
    )
    isPrivate: postgresIsPrivate
    owner: owner
    vaultId: vaultId
    workspaceId: monitoring.outputs.workspaceId
  }
  dependsOn: [vault]
}

module redis '../modules/redis.bicep' = if (createsRedis) {
  name: 'hx-redis'
  params: {
    location: empty(redisLocation) ? location : redisLocation
    tags: allTags
    name: names.redis
    size: redisCluster
    login: redisLogin
    appPrincipalId: identity.outputs.principalId
    isPrivate: isPrivate
    owner: owner
    vaultId: vaultId
    workspaceId: monitoring.outputs.workspaceId
  }
  dependsOn: [vault]
}

// ---- The app's variables ----

module appSettings '../modules/appSettings.bicep' = {
  name: 'hx-app-settings'
  params: {
    checkIntervalSeconds: checkIntervalSeconds
    // A URL without a password needs no vault.
    postgresUrl: createsPostgres && postgresLogin == 'entra' ? postgres!.outputs.url : ''
    postgresLogin: postgresLogin
    redisUrl: createsRedis && redisLogin == 'entra' ? redis!.outputs.url : ''
    redisLogin: redisLogin
    qdrantUrl: qdrantUrl
    qdrantApiKeyReference: ''
    guardBasePath: join(basePaths, ',')
    // hx serve knows keys.
    guardPrincipals: ''
    identityClientId: identity.outputs.clientId
    insightsConnectionString: monitoring.outputs.connectionString
    overrides: settings
  }
}

// What stands in the vault instead. The names of its secrets are the app's, too.
var vaultVariables = union(
  { WRAPPER_KEYS: secretNames.serveKeys },
  createsPostgres && postgresLogin == 'entra' ? {} : { PG_URL: secretNames.postgresUrl },
  createsRedis && redisLogin == 'entra' ? {} : { REDIS_URL: secretNames.redisUrl },
  qdrantHasApiKey ? { QDRANT_API_KEY: secretNames.qdrantApiKey } : {}
)

// ---- Private endpoints of what the app needs ----

// One after the other: a service takes one change of its private endpoints at a time.
@batchSize(1)
module dependencyEndpoints '../modules/privateEndpoint.bicep' = [
  for service in privateServices: if (hasNetwork) {
    name: 'hx-endpoint-${service.zone}'
    params: {
      location: location
      tags: allTags
      serviceId: service.id
      groupId: service.group
      subnetId: network!.outputs.endpointsSubnetId
      zoneId: network!.outputs.zoneIds[service.zone]
    }
    dependsOn: [postgres, redis, vault]
  }
]

// ---- The app ----

module containerEnvironment '../modules/containerEnvironment.bicep' = {
  name: 'hx-container-environment'
  params: {
    location: location
    tags: allTags
    name: names.containerEnvironment
    subnetId: hasNetwork ? network!.outputs.containersSubnetId : ''
    isInternal: isPrivate
    zoneRedundant: hasNetwork && containers.zoneRedundant
    workspaceId: monitoring.outputs.workspaceId
  }
}

module containerZone '../modules/containerZone.bicep' = if (isPrivate) {
  name: 'hx-container-zone'
  params: {
    tags: allTags
    domain: containerEnvironment.outputs.defaultDomain
    staticIp: containerEnvironment.outputs.staticIp
    networkId: network!.outputs.id
  }
}

module appPullsImage '../modules/registryReader.bicep' = if (!empty(registryId)) {
  name: 'hx-app-pulls-image'
  scope: resourceGroup(
    subscriptionOf(empty(registryId) ? resourceGroup().id : registryId),
    groupOf(empty(registryId) ? resourceGroup().id : registryId)
  )
  params: { registryName: nameOf(registryId), principalId: identity.outputs.principalId }
}

module containerApp '../modules/containerApp.bicep' = {
  name: 'hx-container-app'
  params: {
    location: location
    tags: allTags
    name: names.containerApp
    environmentId: containerEnvironment.outputs.id
    identityId: identity.outputs.id
    image: imageByDigest
    registryServer: empty(registryId) ? '' : appPullsImage!.outputs.loginServer
    size: containers
    settings: appSettings.outputs.settings
    vaultVariables: vaultVariables
    vaultUri: vaultUri
    latestRevision: latestRevision
    liveRevision: liveRevision
  }
  // When the app starts, its secrets are read, and it checks.
  dependsOn: [
    dependencyEndpoints
    appReadsVault
    postgresUrlSecret
    redisUrlSecret
    qdrantApiKeySecret
    guardKeySecret
    serveKeysSecret
  ]
}

module postgresRoleJob '../modules/postgresRoleJob.bicep' = if (makesPostgresRole) {
  name: 'hx-postgres-role-job'
  params: {
    location: location
    tags: allTags
    name: names.postgresRoleJob
    environmentId: containerEnvironment.outputs.id
    identityId: postgresRoleIdentity!.outputs.id
    identityName: names.postgresRoleIdentity
    identityClientId: postgresRoleIdentity!.outputs.clientId
    host: postgres!.outputs.host
    databaseName: postgresDatabase
    appIdentityName: identity.outputs.name
    appPrincipalId: identity.outputs.principalId
    image: postgresRoleImage
  }
  // Before the server, for its own sake: said here because the server's condition is another.
  dependsOn: [vault]
}

// ---- API Management ----

module gateway '../modules/gateway.bicep' = if (empty(existingGatewayId)) {
  name: 'hx-gateway'
  params: {
    location: empty(gatewayLocation) ? location : gatewayLocation
    tags: allTags
    name: names.gateway
    sku: gatewayTier
    units: gatewayUnits
    publisherEmail: publisher
    publisherName: publisherName
    subnetId: isPrivate ? network!.outputs.gatewaySubnetId : ''
    workspaceId: monitoring.outputs.workspaceId
  }
}

var gatewayId = empty(existingGatewayId)
  ? resourceId('Microsoft.ApiManagement/service', names.gateway)
  : existingGatewayId

resource existingGateway 'Microsoft.ApiManagement/service@2024-05-01' existing = if (!empty(existingGatewayId)) {
  name: nameOf(gatewayId)
  scope: resourceGroup(subscriptionOf(gatewayId), groupOf(gatewayId))
}

module gatewayReadsVault '../modules/vaultReader.bicep' = {
  name: 'hx-gateway-reads-vault'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: {
    vaultName: nameOf(vaultId)
    principalId: empty(existingGatewayId) ? gateway!.outputs.principalId : existingGateway!.identity.principalId
  }
  dependsOn: [vault]
}

// ---- Workbook. Alerts come with connect.bicep ----

module workbook '../modules/workbook.bicep' = {
  name: 'hx-workbook'
  params: {
    location: location
    tags: allTags
    names: names
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
  }
}

@description('The app\'s name.')
output containerAppName string = names.containerApp

@description('Where the app answers.')
output containerAppUrl string = containerApp.outputs.url

@description('The revision that this deployment has made: liveRevision of the next one, to try that.')
output revision string = containerApp.outputs.revision

@description('The job that makes the app\'s role in PostgreSQL. Blank: there is none to make.')
output postgresRoleJobName string = makesPostgresRole ? names.postgresRoleJob : ''

@description('The app\'s identity: the name of its role in PostgreSQL.')
output identityName string = identity.outputs.name

@description('The API Management service.')
output gatewayId string = gatewayId

@description('The vault.')
output vaultName string = nameOf(vaultId)
