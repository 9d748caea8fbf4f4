// Every resource name comes from here.

@export()
@description('The names of the resources of one environment.')
type resourceNames = {
  identity: string
  plan: string
  functionApp: string
  storage: string
  vault: string
  workspace: string
  insights: string
  workbook: string
  actionGroup: string
  postgres: string
  redis: string
  gateway: string
  network: string
  containerEnvironment: string
  containerApp: string
  postgresRoleIdentity: string
  postgresRoleJob: string
}

// What every resource type takes in its name: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
var safeCharacters = 'abcdefghijklmnopqrstuvwxyz0123456789'

@description('Small letters, digits, and single hyphens between them.')
func hyphenated(text string) string =>
  join(
    filter(
      split(
        join(
          map(
            range(0, length(text)),
            at => contains(safeCharacters, substring(text, at, 1)) ? substring(text, at, 1) : '-'
          ),
          ''
        ),
        '-'
      ),
      part => !empty(part)
    ),
    '-'
  )

func withToken(name string, token string) string =>
  empty(name) ? 'e${token}' : replace('${take(name, 13)}-${token}', '--', '-')

@export()
@description('An environment\'s name as it can stand in any resource\'s: at most 20 characters. Whatever had to change gets a token, so that two environments stay two.')
func safeName(environmentName string) string =>
  hyphenated(environmentName) == environmentName && length(environmentName) <= 20
    ? environmentName
    : withToken(hyphenated(toLower(environmentName)), take(uniqueString(environmentName), 6))

@export()
@description('Names after the environment, with a token where the name must be unique in all of Azure.')
func namesFor(environmentName string, token string) resourceNames =>
  namesOf(safeName(environmentName), environmentName, token)

func namesOf(name string, environmentName string, token string) resourceNames => {
  identity: 'id-hx-${name}'
  plan: 'plan-hx-${name}'
  functionApp: 'func-hx-${name}-${token}'
  // At most 24 characters, small letters and digits.
  storage: 'sthx${token}'
  // At most 24 characters.
  vault: 'kv-hx-${token}'
  workspace: 'log-hx-${name}'
  insights: 'appi-hx-${name}'
  workbook: 'HxFunctions (${environmentName})'
  actionGroup: 'ag-hx-${name}'
  postgres: 'psql-hx-${name}-${token}'
  redis: 'redis-hx-${name}-${token}'
  gateway: 'apim-hx-${name}-${token}'
  network: 'vnet-hx-${name}'
  containerEnvironment: 'cae-hx-${name}'
  // At most 32 characters, as the job.
  containerApp: 'ca-hx-${name}'
  postgresRoleIdentity: 'id-hx-${name}-postgres-role'
  postgresRoleJob: 'job-hx-${name}-pg'
}

@export()
@description('Whose a secret or a named value is, which are called the same in every environment: /subscriptions/…/resourcegroups/…/ENVIRONMENT. The hooks reckon it, too.')
func ownerOf(groupId string, environmentName string) string => toLower('${groupId}/${environmentName}')

@export()
@description('Secrets in the vault, by what they hold.')
var secretNames = {
  postgresUrl: 'hx-pg-url'
  redisUrl: 'hx-redis-url'
  qdrantApiKey: 'hx-qdrant-api-key'
  guardKey: 'hx-guard-key'
  // hx serve's in Container Apps. An environment may have both hosts: neither overwrites the other's key.
  serveGuardKey: 'hx-serve-guard-key'
  // WRAPPER_KEYS of hx serve, with the same key in it.
  serveKeys: 'hx-serve-keys'
}

@export()
@description('The function that gateways ask, by its name in the code.')
var guardFunction = 'Guard'

@export()
@description('The container that Flex Consumption takes the app package from.')
var packageContainer = 'app-package'

@export()
@description('Built-in roles, by the ids that they have in every tenant: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles')
var roleIds = {
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

@export()
@description('Parts of a resource id.')
func subscriptionOf(resourceId string) string => split(resourceId, '/')[2]

@export()
func groupOf(resourceId string) string => split(resourceId, '/')[4]

@export()
func nameOf(resourceId string) string => last(split(resourceId, '/'))
