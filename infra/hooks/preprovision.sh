#!/bin/sh
# Before anything is created: says what is missing, registers resource providers, and makes the Entra application that stands for the app.
# Every step looks first, so that it can run again at any time. HX_PREFLIGHT=look: it changes nothing, and stops at what is missing.
set -eu
cd "$(dirname "$0")/../.."
. infra/hooks/common.sh

profile=$(profile)
preflight=${HX_PREFLIGHT:-change}
case $preflight in
  look | change) ;;
  *) stop "HX_PREFLIGHT must be look or change, not \"$preflight\"." ;;
esac
needs_azure
say "environment ${AZURE_ENV_NAME:-$profile}, profile $profile"

if [ -z "${HX_PUBLISHER_EMAIL:-}" ] && [ -z "${HX_GATEWAY_ID:-}" ]; then
  stop "HX_PUBLISHER_EMAIL is not set: azd env set HX_PUBLISHER_EMAIL you@example.org (or bring an API Management: HX_GATEWAY_ID)"
fi

# Secrets and named values have the same names in every environment. In a vault or an API Management that two of them bring, the second would
# overwrite what the first one reads. Resource Manager says whose they are, and needs no way into the vault's network; the id says the subscription.
belongs() {
  if ! whose=$(az resource show --ids "$1" --api-version "$2" --query "$3" --output tsv 2>"$problems"); then
    grep -Eq 'NotFound|not found' "$problems" || {
      cat "$problems" >&2
      stop "Can't tell whose $1 is."
    }
    return 0
  fi
  if [ -n "$whose" ] && [ "$whose" != "$here" ]; then
    stop "$1 is of the environment $whose. Two can't bring the same vault or API Management. If that one is gone: docs/azure.md, \"Bring your own\"."
  fi
}
if [ -n "${HX_VAULT_ID:-}${HX_GATEWAY_ID:-}" ]; then
  here=$(owner)
  problems=$(mktemp)
  trap 'rm -f "$problems"' EXIT
  if [ -n "${HX_VAULT_ID:-}" ]; then
    for secret in hx-pg-url hx-redis-url hx-qdrant-api-key hx-guard-key hx-serve-guard-key hx-serve-keys; do
      belongs "$HX_VAULT_ID/secrets/$secret" 2023-07-01 'tags."hx-environment"'
    done
  fi
  [ -z "${HX_GATEWAY_ID:-}" ] || belongs "$HX_GATEWAY_ID/namedValues/hx-environment" 2024-05-01 properties.value
fi

# A role on a resource group doesn't register providers, and a deployment that needs one then fails half-way.
# The function app's subnet is delegated to Microsoft.App, which also runs the job for PostgreSQL.
refused=''
waiting=''
for provider in Microsoft.ApiManagement Microsoft.App Microsoft.Cache Microsoft.DBforPostgreSQL Microsoft.Insights Microsoft.KeyVault \
  Microsoft.ManagedIdentity Microsoft.Network Microsoft.OperationalInsights Microsoft.Storage Microsoft.Web; do
  state=$(azure provider show --namespace "$provider" --query registrationState --output tsv)
  if [ "$state" = Registered ]; then
    continue
  fi
  if [ "$preflight" = look ]; then
    refused="$refused $provider"
    continue
  fi
  say "registers $provider"
  if azure provider register --namespace "$provider" --output none; then
    waiting="$waiting $provider"
  else
    refused="$refused $provider"
  fi
done
if [ -n "$refused" ]; then
  say "Resource providers are missing, and were not registered. Someone with the role Contributor on the subscription must run:" >&2
  for provider in $refused; do
    say "  az provider register --namespace $provider" >&2
  done
  exit 1
fi
for provider in $waiting; do
  try=1
  until [ "$(azure provider show --namespace "$provider" --query registrationState --output tsv)" = Registered ]; do
    [ "$try" -lt "$tries" ] || stop "$provider is still not registered. Run this again later."
    try=$((try + 1))
    sleep "$pause"
  done
done

login=${HX_GUARD_LOGIN:-}
if [ -z "$login" ]; then
  case $profile in
    prod) login=identity ;;
    *) login=key ;;
  esac
fi
case $login in
  key) ;;
  identity)
    if [ -z "${HX_GUARD_APPLICATION_ID:-}" ]; then
      # Without azd there is nobody to keep the id: the next run would not know it.
      if [ "$preflight" = look ] || ! command -v azd >/dev/null; then
        stop "HX_GUARD_APPLICATION_ID is not set: the client id of the Entra application that stands for the app (docs/azure.md), or HX_GUARD_LOGIN=key."
      fi
      # Display names needn't be unique in a tenant: this one says of which environment, in which group of which subscription.
      name="hx-guard $(owner)"
      ids=$(az ad app list --display-name "$name" --query "[?displayName=='$name'].appId" --output tsv)
      case $ids in
        *' '* | *'
'*) stop "There are several applications named \"$name\". Say which: azd env set HX_GUARD_APPLICATION_ID <client id>" ;;
        '')
          say "makes the Entra application \"$name\""
          ids=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId --output tsv) ||
            stop "You may not register applications. Have one made (docs/azure.md) and set HX_GUARD_APPLICATION_ID, or use HX_GUARD_LOGIN=key."
          ;;
      esac
      # Tokens of version 2 fit the issuer that the app trusts. Without a service principal nobody gets a token for it.
      # A new application isn't known everywhere at once.
      again az rest --method PATCH --url "https://graph.microsoft.com/v1.0/applications(appId='$ids')" \
        --headers Content-Type=application/json --body '{"api":{"requestedAccessTokenVersion":2}}' --output none ||
        stop "The application $ids can't be changed. Have its owner set accessTokenAcceptedVersion to 2, then: azd env set HX_GUARD_APPLICATION_ID $ids"
      az ad sp show --id "$ids" --output none 2>/dev/null || again az ad sp create --id "$ids" --output none ||
        stop "The application $ids gets no service principal. Have one made (az ad sp create --id $ids), then: azd env set HX_GUARD_APPLICATION_ID $ids"
      azd env set HX_GUARD_APPLICATION_ID "$ids"
    fi
    ;;
  *) stop "HX_GUARD_LOGIN must be key or identity, not \"$login\"." ;;
esac
say "ready to provision"
