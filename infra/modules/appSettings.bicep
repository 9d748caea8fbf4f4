// The app settings: every variable of local.settings.sample.json with its default there, besides what this deployment knows better.
// Not among them: WRAPPER_*, which only "hx serve" reads, and FUNCTIONS_WORKER_RUNTIME, which Flex Consumption refuses.
import { checkInterval, ncrontabOf } from '../schedule.bicep'
import { authentication } from '../types.bicep'

@description('Seconds between two checks.')
param checkIntervalSeconds checkInterval

@description('PG_URL: a URL without password, or a Key Vault reference.')
param postgresUrl string

@description('PG_AUTH.')
param postgresLogin authentication

@description('REDIS_URL: a URL without key, or a Key Vault reference.')
param redisUrl string

@description('REDIS_AUTH.')
param redisLogin authentication

@description('QDRANT_URL. Blank: no Qdrant.')
param qdrantUrl string

@description('QDRANT_API_KEY: a Key Vault reference, or blank.')
param qdrantApiKeyReference string

@description('GUARD_BASE_PATH: the paths that the API has on API Management, with commas between them.')
param guardBasePath string

@description('GUARD_PRINCIPALS: object id of API Management\'s identity, where it shows a token in place of a key. Blank: a key.')
param guardPrincipals string

@description('The app\'s identity: client id.')
param identityClientId string

@description('Where telemetry goes.')
param insightsConnectionString string

@description('Settings that differ from their defaults, by name.')
param overrides object

var settings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AZURE_CLIENT_ID: identityClientId
  PG_URL: postgresUrl
  PG_AUTH: postgresLogin
  REDIS_URL: redisUrl
  REDIS_AUTH: redisLogin
  QDRANT_URL: qdrantUrl
  QDRANT_API_KEY: qdrantApiKeyReference
  QDRANT_COLLECTION: ''
  DEPENDENCIES: ''
  PG_TIMEOUT: '3'
  REDIS_TIMEOUT: '2'
  QDRANT_TIMEOUT: '3'
  HEALTH_CHECK_TIMEOUT: '5'
  HEALTH_CHECK_INTERVAL: string(checkIntervalSeconds)
  HEALTH_SNAPSHOT_SCHEDULE: ncrontabOf(checkIntervalSeconds)
  HEALTH_FALL: '2'
  HEALTH_RISE: '2'
  PG_MIN_CONNECTIONS: '1'
  PG_MAX_CONNECTIONS: '5'
  PG_WRITE_PROBE: 'false'
  REDIS_MAX_CONNECTIONS: '10'
  ENABLE_DB_GUARD: 'true'
  GUARD_MODE: 'enforce'
  GUARD_ROUTES: ''
  GUARD_BASE_PATH: guardBasePath
  GUARD_ON_UNKNOWN: 'closed'
  GUARD_MAX_STALENESS: '2'
  GUARD_PRINCIPALS: guardPrincipals
  ENABLE_HEALTH_ENDPOINTS: 'true'
  NOTIFY_URL: ''
  NOTIFY_FORMAT: 'cloudevents'
  NOTIFY_SECRET: ''
  STATUS_TITLE: 'HxFunctions status'
  STATUS_LINKS: ''
  STATUS_RUNBOOK: ''
  HX_NAMESPACE: 'hx'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  OTEL_EXPORTER_OTLP_ENDPOINT: ''
}

@description('App settings for the function app. Secrets are references into Key Vault.')
output settings object = union(settings, overrides)
