// The job that makes the app's role in PostgreSQL, for infra/hooks/postgres-role.sh. The same variables as in main.bicepparam.
using 'postgres-role.bicep'
import { profileOf, valueOr } from 'environment.bicep'

var profile = profileOf(readEnvironmentVariable('HX_PROFILE', ''), readEnvironmentVariable('AZURE_ENV_NAME', ''))

param environmentName = valueOr(readEnvironmentVariable('AZURE_ENV_NAME', ''), profile)
param existingWorkspaceId = readEnvironmentVariable('HX_WORKSPACE_ID', '')
