// Types of parameters.

@export()
@description('How the app logs in: with tokens of its managed identity, or with a password (Redis: access key) that is kept in Key Vault.')
type authentication = 'entra' | 'password'

@export()
@description('Someone in Microsoft Entra.')
type entraPrincipal = {
  objectId: string
  @description('Display name of a group, user principal name of a user.')
  name: string
  type: 'Group' | 'User' | 'ServicePrincipal'
}

@export()
@description('Size and safety of the created PostgreSQL server.')
type postgresSize = {
  @description('Compute size, like Standard_B1ms. It must fit the tier.')
  sku: string
  tier: 'Burstable' | 'GeneralPurpose' | 'MemoryOptimized'
  @minValue(32)
  storageGb: int
  @minValue(7)
  @maxValue(35)
  backupDays: int
  @description('Can only be chosen at creation.')
  geoRedundantBackup: bool
  @description('A standby in another zone; not in the tier Burstable.')
  highAvailability: bool
}

@export()
@description('Size and safety of the created Azure Managed Redis.')
type redisSize = {
  @description('Like Balanced_B0: https://learn.microsoft.com/azure/redis/overview#choosing-the-right-tier')
  sku: string
  @description('A replica. It can be added later, and never taken away again.')
  highAvailability: bool
}

@export()
@description('Size of the function app.')
type appSize = {
  @description('Memory of one instance in MB.')
  instanceMemory: 512 | 2048 | 4096
  @minValue(1)
  @maxValue(1000)
  maximumInstances: int
  @description('Instances that always answer HTTP. With none, a cold start takes longer than the gateway waits: the guard is then closed for half a minute.')
  @minValue(0)
  @maxValue(20)
  alwaysReadyHttp: int
  @description('Instances that are always there for the timer: 0 or 1.')
  @minValue(0)
  @maxValue(1)
  alwaysReadyTimer: int
  @description('Whether instances are spread over zones; not in every region. Each group then has two always-ready instances, and is billed for them.')
  zoneRedundant: bool
}

@export()
@description('Size of the container app.')
type containerSize = {
  @description('Processor time of one replica in cores, and its memory: https://learn.microsoft.com/azure/container-apps/containers#allocations')
  cpu: '0.25' | '0.5' | '1.0' | '2.0'
  memory: '0.5Gi' | '1Gi' | '2Gi' | '4Gi'
  @description('Replicas that are always there. The guard closes while there is none.')
  @minValue(1)
  @maxValue(30)
  minimumReplicas: int
  @minValue(1)
  @maxValue(300)
  maximumReplicas: int
  @description('Whether replicas are spread over zones. Can only be chosen at creation.')
  zoneRedundant: bool
}

@export()
@description('What runs the product: Azure Functions, or hx serve in Container Apps.')
type productHost = 'functions' | 'containers'

@export()
@description('API Management tier of a created service. Consumption, which has no cache and no network, can only be brought.')
type gatewaySku = 'Developer' | 'Basic' | 'Standard' | 'Premium' | 'BasicV2' | 'StandardV2' | 'PremiumV2'

@export()
@description('What API Management shows to the app. key: a function key. identity: a token of its managed identity and no key; App Service lets nobody else in.')
type guardAuthentication = 'key' | 'identity'

@export()
@description('Where a dependency comes from.')
type source = 'new' | 'existing'
