// Small and cheap, for development. "azd up" uses this file; values come from the environment (azd env set NAME VALUE).
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param publisherEmail = readEnvironmentVariable('HX_PUBLISHER_EMAIL', 'platform@example.org')
param llmGatewayUrl = readEnvironmentVariable('HX_LLM_GATEWAY_URL', '')
param settings = { GUARD_MODE: readEnvironmentVariable('GUARD_MODE', 'enforce') }

// New ones, with Entra, and the app as the server's administrator so that nothing is left to do by hand.
param postgresSource = readEnvironmentVariable('HX_POSTGRES_SOURCE', 'new')
param redisSource = readEnvironmentVariable('HX_REDIS_SOURCE', 'new')
param postgresLogin = readEnvironmentVariable('PG_AUTH', 'entra')
param redisLogin = readEnvironmentVariable('REDIS_AUTH', 'entra')
param postgresAppIsAdministrator = true
param qdrantUrl = readEnvironmentVariable('QDRANT_URL', '')

// Secrets never stand in a file.
param postgresUrl = readEnvironmentVariable('PG_URL', '')
param postgresAdministratorPassword = readEnvironmentVariable('HX_POSTGRES_PASSWORD', '')
param redisUrl = readEnvironmentVariable('REDIS_URL', '')
param qdrantApiKey = readEnvironmentVariable('QDRANT_API_KEY', '')

param existingGatewayId = readEnvironmentVariable('HX_GATEWAY_ID', '')
param existingVaultId = readEnvironmentVariable('HX_VAULT_ID', '')
param existingWorkspaceId = readEnvironmentVariable('HX_WORKSPACE_ID', '')
