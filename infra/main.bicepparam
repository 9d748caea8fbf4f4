// "azd up" uses this file. Values come from the environment (azd env set NAME VALUE), sizes from the profile: HX_PROFILE, or the environment's name.
// prod.bicepparam is the same with the profile prod; a test compares the two.
using 'main.bicep'
import { guardLoginOf, loginOf, profileOf, sourceOf, valueOr } from 'environment.bicep'
import { profiles } from 'profiles.bicep'

var profile = profileOf(readEnvironmentVariable('HX_PROFILE', ''), readEnvironmentVariable('AZURE_ENV_NAME', ''))

param environmentName = valueOr(readEnvironmentVariable('AZURE_ENV_NAME', ''), profile)
param publisherEmail = readEnvironmentVariable('HX_PUBLISHER_EMAIL', '')
param llmGatewayUrl = readEnvironmentVariable('HX_LLM_GATEWAY_URL', '')
param guardBasePath = readEnvironmentVariable('GUARD_BASE_PATH', '')
param settings = { GUARD_MODE: valueOr(readEnvironmentVariable('GUARD_MODE', ''), 'enforce') }

param privateNetworking = profiles[profile].privateNetworking
param gatewayTier = profiles[profile].gatewayTier
param gatewayUnits = profiles[profile].gatewayUnits
param guardLogin = guardLoginOf(readEnvironmentVariable('HX_GUARD_LOGIN', ''), profiles[profile].guardLogin)
param gatewayLocation = readEnvironmentVariable('HX_GATEWAY_LOCATION', '')
param storageSku = profiles[profile].storageSku
param logRetentionDays = profiles[profile].logRetentionDays
param vaultPurgeProtection = profiles[profile].vaultPurgeProtection
param appInstances = profiles[profile].appInstances

param postgresSource = sourceOf(readEnvironmentVariable('HX_POSTGRES_SOURCE', ''))
param postgresLocation = readEnvironmentVariable('HX_POSTGRES_LOCATION', '')
param postgresLogin = loginOf(readEnvironmentVariable('PG_AUTH', ''))
param postgresAppIsAdministrator = profiles[profile].postgresAppIsAdministrator
param postgresServer = profiles[profile].postgresServer
param postgresEntraAdministrators = filter(
  [
    {
      objectId: readEnvironmentVariable('HX_POSTGRES_ADMIN_ID', '')
      name: readEnvironmentVariable('HX_POSTGRES_ADMIN_NAME', '')
      type: 'Group'
    }
  ],
  who => !empty(who.objectId)
)

param redisSource = sourceOf(readEnvironmentVariable('HX_REDIS_SOURCE', ''))
param redisLocation = readEnvironmentVariable('HX_REDIS_LOCATION', '')
param redisLogin = loginOf(readEnvironmentVariable('REDIS_AUTH', ''))
param redisCluster = profiles[profile].redisCluster

param qdrantUrl = readEnvironmentVariable('QDRANT_URL', '')

// Secrets never stand in a file.
param postgresUrl = readEnvironmentVariable('PG_URL', '')
param postgresAdministratorPassword = readEnvironmentVariable('HX_POSTGRES_PASSWORD', '')
param redisUrl = readEnvironmentVariable('REDIS_URL', '')
param qdrantApiKey = readEnvironmentVariable('QDRANT_API_KEY', '')

param existingGatewayId = readEnvironmentVariable('HX_GATEWAY_ID', '')
param existingVaultId = readEnvironmentVariable('HX_VAULT_ID', '')
param existingWorkspaceId = readEnvironmentVariable('HX_WORKSPACE_ID', '')
