// HxFunctions in Container Apps. The variables of ../main.bicepparam, and four of its own: HX_IMAGE, HX_REGISTRY_ID, HX_LIVE_REVISION, HX_GUARD_KEY.
// deploy.sh uses it, and sets HX_LATEST_REVISION.
using 'main.bicep'
import { loginOf, profileOf, sourceOf, valueOr } from '../environment.bicep'
import { profiles } from '../profiles.bicep'

var profile = profileOf(readEnvironmentVariable('HX_PROFILE', ''), readEnvironmentVariable('AZURE_ENV_NAME', ''))

param environmentName = valueOr(readEnvironmentVariable('AZURE_ENV_NAME', ''), profile)
param publisherEmail = readEnvironmentVariable('HX_PUBLISHER_EMAIL', '')
param llmGatewayUrl = readEnvironmentVariable('HX_LLM_GATEWAY_URL', '')
param guardBasePath = readEnvironmentVariable('GUARD_BASE_PATH', '')
param settings = { GUARD_MODE: valueOr(readEnvironmentVariable('GUARD_MODE', ''), 'enforce') }

param privateNetworking = profiles[profile].privateNetworking
param gatewayTier = profiles[profile].gatewayTier
param gatewayUnits = profiles[profile].gatewayUnits
param gatewayLocation = readEnvironmentVariable('HX_GATEWAY_LOCATION', '')
param logRetentionDays = profiles[profile].logRetentionDays
param vaultPurgeProtection = profiles[profile].vaultPurgeProtection

param image = readEnvironmentVariable('HX_IMAGE', '')
param registryId = readEnvironmentVariable('HX_REGISTRY_ID', '')
param latestRevision = readEnvironmentVariable('HX_LATEST_REVISION', '')
param liveRevision = readEnvironmentVariable('HX_LIVE_REVISION', '')
param containers = profiles[profile].containers

param postgresSource = sourceOf(readEnvironmentVariable('HX_POSTGRES_SOURCE', ''))
param postgresLocation = readEnvironmentVariable('HX_POSTGRES_LOCATION', '')
param postgresLogin = loginOf(readEnvironmentVariable('PG_AUTH', ''))
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
param qdrantHasApiKey = !empty(readEnvironmentVariable('QDRANT_API_KEY', ''))

// Secrets never stand in a file.
param guardKey = readEnvironmentVariable('HX_GUARD_KEY', '')
param postgresUrl = readEnvironmentVariable('PG_URL', '')
param postgresAdministratorPassword = readEnvironmentVariable('HX_POSTGRES_PASSWORD', '')
param redisUrl = readEnvironmentVariable('REDIS_URL', '')
param qdrantApiKey = readEnvironmentVariable('QDRANT_API_KEY', '')

param existingGatewayId = readEnvironmentVariable('HX_GATEWAY_ID', '')
param existingVaultId = readEnvironmentVariable('HX_VAULT_ID', '')
param existingWorkspaceId = readEnvironmentVariable('HX_WORKSPACE_ID', '')
