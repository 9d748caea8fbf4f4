// PostgreSQL Flexible Server with one database.
import { secretNames, subscriptionOf, groupOf, nameOf } from '../names.bicep'
import { authentication, entraPrincipal, postgresSize } from '../types.bicep'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The server\'s name.')
param name string

@description('Size and safety.')
param size postgresSize

@description('The database.')
param databaseName string

@description('How the app logs in.')
param login authentication

@description('The administrator\'s name, for passwords.')
param administratorName string

@description('The administrator\'s password. Blank with Entra.')
@secure()
param administratorPassword string

@description('The app\'s identity: resource name, which is its role\'s name.')
param appIdentityName string

@description('The app\'s identity: object id.')
param appPrincipalId string

@description('Whether the app\'s identity becomes an Entra administrator of the server. Otherwise a job makes its role: postgresRoleJob.bicep.')
param appIsAdministrator bool

@description('Entra administrators of the server besides.')
param administrators entraPrincipal[]

@description('Whether only private endpoints reach it.')
param isPrivate bool

@description('The environment, by ownerOf: its secrets in the vault say so.')
param owner string

@description('The vault that the URL with the password goes to.')
param vaultId string

@description('Log Analytics.')
param workspaceId string

var usesEntra = login == 'entra'

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: size.sku, tier: size.tier }
  properties: {
    version: '17'
    administratorLogin: usesEntra ? null : administratorName
    administratorLoginPassword: usesEntra ? null : administratorPassword
    authConfig: {
      activeDirectoryAuth: usesEntra ? 'Enabled' : 'Disabled'
      passwordAuth: usesEntra ? 'Disabled' : 'Enabled'
      tenantId: usesEntra ? tenant().tenantId : null
    }
    storage: { storageSizeGB: size.storageGb, autoGrow: 'Enabled' }
    backup: {
      backupRetentionDays: size.backupDays
      geoRedundantBackup: size.geoRedundantBackup ? 'Enabled' : 'Disabled'
    }
    highAvailability: { mode: size.highAvailability ? 'ZoneRedundant' : 'Disabled' }
    network: { publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled' }
  }

  resource database 'databases' = {
    name: databaseName
    properties: { charset: 'UTF8', collation: 'en_US.utf8' }
  }

  // The default says so too; here it can't be turned off unseen.
  resource tls 'configurations' = {
    name: 'ssl_min_protocol_version'
    properties: { value: 'TLSv1.2', source: 'user-override' }
    dependsOn: [database]
  }

  // Flex Consumption has no fixed outgoing addresses without a network. 0.0.0.0 stands for Azure's own.
  resource azureOnly 'firewallRules' = if (!isPrivate) {
    name: 'azure-services'
    properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
    dependsOn: [database, tls]
  }

  resource appAsAdministrator 'administrators' = if (usesEntra && appIsAdministrator) {
    name: appPrincipalId
    properties: {
      principalName: appIdentityName
      principalType: 'ServicePrincipal'
      tenantId: tenant().tenantId
    }
    // The server takes one change at a time.
    dependsOn: [database, tls, azureOnly]
  }

  @batchSize(1)
  resource entraAdministrators 'administrators' = [
    for who in administrators: if (usesEntra) {
      name: who.objectId
      properties: {
        principalName: who.name
        principalType: who.type
        tenantId: tenant().tenantId
      }
      // All of them: a dependency on what isn't deployed is dropped, with what stands behind it.
      dependsOn: [database, tls, azureOnly, appAsAdministrator]
    }
  ]
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: server
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

var host = server.properties.fullyQualifiedDomainName

module urlWithPassword 'vaultSecret.bicep' = if (!usesEntra) {
  name: 'hx-pg-url'
  scope: resourceGroup(subscriptionOf(vaultId), groupOf(vaultId))
  params: {
    vaultName: nameOf(vaultId)
    name: secretNames.postgresUrl
    owner: owner
    value: 'postgresql://${uriComponent(administratorName)}:${uriComponent(administratorPassword)}@${host}:5432/${databaseName}?sslmode=verify-full'
  }
}

@description('Resource id.')
output id string = server.id

@description('The host to connect to.')
output host string = host

@description('The URL without any password: what the app needs with Entra.')
output url string = 'postgresql://${uriComponent(appIdentityName)}@${host}:5432/${databaseName}?sslmode=verify-full'
