// The second phase, after main.bicep. The same variables as in main.bicepparam.
using '../connect.bicep'
import { profileOf, valueOr } from '../environment.bicep'
import { profiles } from '../profiles.bicep'

var profile = profileOf(readEnvironmentVariable('HX_PROFILE', ''), readEnvironmentVariable('AZURE_ENV_NAME', ''))

param environmentName = valueOr(readEnvironmentVariable('AZURE_ENV_NAME', ''), profile)
param host = 'containers'
// hx serve knows keys; its environment is the network's own with the profile prod.
param guardLogin = 'key'
param existingGatewayId = readEnvironmentVariable('HX_GATEWAY_ID', '')
param existingVaultId = readEnvironmentVariable('HX_VAULT_ID', '')
param llmGatewayUrl = readEnvironmentVariable('HX_LLM_GATEWAY_URL', '')
param existingWorkspaceId = readEnvironmentVariable('HX_WORKSPACE_ID', '')
param alertEmails = filter([readEnvironmentVariable('HX_ALERT_EMAIL', '')], mail => !empty(mail))
param alertFrequency = profiles[profile].alertFrequency
