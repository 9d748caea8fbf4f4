// HxFunctions in Azure: the function app, what it needs, and API Management. docs/azure.md tells how to use it.
// The guard is put into API Management by connect.bicep, when the app's code is there: its key is made by the host.
//
// Read it from top to bottom: parameters by topic, then the resources in the order in which they need each other.
targetScope = 'resourceGroup'

import { namesFor, ownerOf, secretNames, subscriptionOf, groupOf, nameOf } from 'names.bicep'
import { checkInterval } from 'schedule.bicep'
import { appSize, authentication, entraPrincipal, gatewaySku, guardAuthentication, postgresSize, redisSize, source } from 'types.bicep'

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

@description('Size of the function app.')
param appInstances appSize = {
  instanceMemory: 512
  maximumInstances: 40
  alwaysReadyHttp: 1
  alwaysReadyTimer: 0
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

@description('Entra administrators of a new server, who make the app\'s role. With Entra and without any, nobody can.')
param postgresEntraAdministrators entraPrincipal[] = []

@description('Whether the app\'s identity becomes an Entra administrator of a new server, which works at once. Better is a role of its own, made by a job: docs/container-apps.md.')
param postgresAppIsAdministrator bool = false

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

@description('Its API key; it is put into the vault. Blank: it needs none.')
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

@description('How API Management logs in to the app. connect.bicep must say the same; GUARD_PRINCIPALS is set from here.')
param guardLogin guardAuthentication

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

@description('Storage redundancy.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param storageSku string = 'Standard_LRS'

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
var createsRedis = redisSource == 'new'
var postgresIsPrivate = isPrivate || postgresAccess == 'endpoint'
var hasNetwork = isPrivate || (createsPostgres && postgresIsPrivate)
var publisher = empty(existingGatewayId) && empty(publisherEmail)
  ? fail('Set HX_PUBLISHER_EMAIL (parameter publisherEmail): API Management tells that address what happens to it. Or bring one: HX_GATEWAY_ID.')
  : publisherEmail

module identity 'modules/identity.bicep' = {
  name: 'hx-identity'
  params: { location: location, tags: allTags, name: names.identity }
}

module monitoring 'modules/monitoring.bicep' = {
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

// What gets a private endpoint before the app; the app's own comes after it.
var isPostgresPrivate = createsPostgres && postgresIsPrivate
var privateServices = concat(
  isPrivate
    ? [
        { id: resourceId('Microsoft.Storage/storageAccounts', names.storage), group: 'blob', zone: 'blob' }
        { id: resourceId('Microsoft.Storage/storageAccounts', names.storage), group: 'table', zone: 'table' }
      ]
    : [],
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

module network 'modules/network.bicep' = if (hasNetwork) {
  name: 'hx-network'
  params: {
    location: location
    tags: allTags
    names: names
    addressPrefix: networkAddressPrefix
    services: concat(map(privateServices, service => service.zone), isPrivate ? ['sites'] : [])
  }
}

// ---- Vault ----

module vault 'modules/vault.bicep' = if (empty(existingVaultId)) {
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

module appReadsVault 'modules/vaultReader.bicep' = {
  name: 'hx-app-reads-vault'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: { vaultName: nameOf(vaultId), principalId: identity.outputs.principalId }
  dependsOn: [vault]
}

module postgresUrlSecret 'modules/vaultSecret.bicep' = if (!createsPostgres && !empty(postgresUrl)) {
  name: 'hx-existing-pg-url'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: { vaultName: nameOf(vaultId), name: secretNames.postgresUrl, owner: owner, value: postgresUrl }
  dependsOn: [vault]
}

module redisUrlSecret 'modules/vaultSecret.bicep' = if (!createsRedis && !empty(redisUrl)) {
  name: 'hx-existing-redis-url'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: { vaultName: nameOf(vaultId), name: secretNames.redisUrl, owner: owner, value: redisUrl }
  dependsOn: [vault]
}

module qdrantApiKeySecret 'modules/vaultSecret.bicep' = if (!empty(qdrantApiKey)) {
  name: 'hx-qdrant-api-key'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: { vaultName: nameOf(vaultId), name: secretNames.qdrantApiKey, owner: owner, value: qdrantApiKey }
  dependsOn: [vault]
}

// ---- API Management ----

module gateway 'modules/gateway.bicep' = if (empty(existingGatewayId)) {
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

var gatewayPrincipalId = empty(existingGatewayId) ? gateway!.outputs.principalId : existingGateway!.identity.principalId

// For the app's key alone.
module gatewayReadsVault 'modules/vaultReader.bicep' = if (guardLogin == 'key') {
  name: 'hx-gateway-reads-vault'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: { vaultName: nameOf(vaultId), principalId: gatewayPrincipalId }
  dependsOn: [vault]
}

// ---- Dependencies ----

module postgres 'modules/postgres.bicep' = if (createsPostgres) {
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
    appIsAdministrator: postgresAppIsAdministrator
    administrators: postgresEntraAdministrators
    isPrivate: postgresIsPrivate
    owner: owner
    vaultId: vaultId
    workspaceId: monitoring.outputs.workspaceId
  }
  dependsOn: [vault]
}

module redis 'modules/redis.bicep' = if (createsRedis) {
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

// ---- The function app ----

module storage 'modules/storage.bicep' = {
  name: 'hx-storage'
  params: {
    location: location
    tags: allTags
    name: names.storage
    sku: storageSku
    isPrivate: isPrivate
    appPrincipalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

var references = {
  postgresUrl: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${secretNames.postgresUrl})'
  redisUrl: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${secretNames.redisUrl})'
  qdrantApiKey: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${secretNames.qdrantApiKey})'
}

module appSettings 'modules/appSettings.bicep' = {
  name: 'hx-app-settings'
  params: {
    checkIntervalSeconds: checkIntervalSeconds
    // A URL without a password needs no vault.
    postgresUrl: createsPostgres && postgresLogin == 'entra' ? postgres!.outputs.url : references.postgresUrl
    postgresLogin: postgresLogin
    redisUrl: createsRedis && redisLogin == 'entra' ? redis!.outputs.url : references.redisUrl
    redisLogin: redisLogin
    qdrantUrl: qdrantUrl
    qdrantApiKeyReference: empty(qdrantApiKey) ? '' : references.qdrantApiKey
    guardBasePath: join(basePaths, ',')
    guardPrincipals: guardLogin == 'identity' ? gatewayPrincipalId : ''
    identityClientId: identity.outputs.clientId
    insightsConnectionString: monitoring.outputs.connectionString
    overrides: settings
  }
}

// ---- Private endpoints of what the app needs ----

// One after the other: a service takes one change of its private endpoints at a time.
@batchSize(1)
module dependencyEndpoints 'modules/privateEndpoint.bicep' = [
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
    dependsOn: [postgres, redis, storage, vault]
  }
]

// ---- The function app itself ----

module functionApp 'modules/functionApp.bicep' = {
  name: 'hx-function-app'
  params: {
    location: location
    tags: allTags
    names: names
    size: appInstances
    identityId: identity.outputs.id
    storageName: storage.outputs.name
    packageContainerUrl: storage.outputs.packageContainerUrl
    isPrivate: isPrivate
    subnetId: hasNetwork ? network!.outputs.functionsSubnetId : ''
    settings: appSettings.outputs.settings
    workspaceId: monitoring.outputs.workspaceId
  }
  // When the app starts, the host opens its storage and resolves the references.
  dependsOn: [dependencyEndpoints, appReadsVault, postgresUrlSecret, redisUrlSecret, qdrantApiKeySecret]
}

module appEndpoint 'modules/privateEndpoint.bicep' = if (isPrivate) {
  name: 'hx-endpoint-sites'
  params: {
    location: location
    tags: allTags
    serviceId: functionApp.outputs.id
    groupId: 'sites'
    subnetId: network!.outputs.endpointsSubnetId
    zoneId: network!.outputs.zoneIds.sites
  }
}

// ---- Workbook. Alerts come with connect.bicep: two of them speak when nothing is reported, as before there is code ----

module workbook 'modules/workbook.bicep' = {
  name: 'hx-workbook'
  params: {
    location: location
    tags: allTags
    names: names
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
  }
}

@description('The function app\'s name.')
output functionAppName string = functionApp.outputs.name

@description('Where the function app answers.')
output functionAppUrl string = functionApp.outputs.url

@description('The app\'s identity: the name of its role in PostgreSQL.')
output identityName string = identity.outputs.name

@description('The API Management service.')
output gatewayId string = gatewayId

@description('The vault.')
output vaultName string = nameOf(vaultId)
