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
}

@export()
@description('Names after the environment, with a token where the name must be unique in all of Azure.')
func namesFor(environmentName string, token string) resourceNames => {
  identity: 'id-hx-${environmentName}'
  plan: 'plan-hx-${environmentName}'
  functionApp: 'func-hx-${environmentName}-${token}'
  // At most 24 characters, small letters and digits.
  storage: 'sthx${token}'
  // At most 24 characters.
  vault: 'kv-hx-${token}'
  workspace: 'log-hx-${environmentName}'
  insights: 'appi-hx-${environmentName}'
  workbook: 'HxFunctions (${environmentName})'
  actionGroup: 'ag-hx-${environmentName}'
  postgres: 'psql-hx-${environmentName}-${token}'
  redis: 'redis-hx-${environmentName}-${token}'
  gateway: 'apim-hx-${environmentName}-${token}'
  network: 'vnet-hx-${environmentName}'
}

@export()
@description('Secrets in the vault, by what they hold.')
var secretNames = {
  postgresUrl: 'hx-pg-url'
  redisUrl: 'hx-redis-url'
  qdrantApiKey: 'hx-qdrant-api-key'
  guardKey: 'hx-guard-key'
}

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
