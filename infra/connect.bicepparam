// The second phase, for infra/hooks/postdeploy.sh. What main.bicepparam sets besides, like tags or checkIntervalSeconds, must stand here, too.
using 'connect.bicep'
import { guardLoginOf, profileOf, valueOr } from 'environment.bicep'
import { profiles } from 'profiles.bicep'

var profile = profileOf(readEnvironmentVariable('HX_PROFILE', ''), readEnvironmentVariable('AZURE_ENV_NAME', ''))

param environmentName = valueOr(readEnvironmentVariable('AZURE_ENV_NAME', ''), profile)
param existingGatewayId = readEnvironmentVariable('HX_GATEWAY_ID', '')
param existingVaultId = readEnvironmentVariable('HX_VAULT_ID', '')
param existingWorkspaceId = readEnvironmentVariable('HX_WORKSPACE_ID', '')
param llmGatewayUrl = readEnvironmentVariable('HX_LLM_GATEWAY_URL', '')
param guardLogin = guardLoginOf(readEnvironmentVariable('HX_GUARD_LOGIN', ''), profiles[profile].guardLogin)
param guardApplicationId = readEnvironmentVariable('HX_GUARD_APPLICATION_ID', '')
param alertEmails = filter([readEnvironmentVariable('HX_ALERT_EMAIL', '')], mail => !empty(mail))
param alertFrequency = profiles[profile].alertFrequency
