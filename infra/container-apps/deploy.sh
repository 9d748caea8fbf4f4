#!/bin/sh
# Deploys HxFunctions in Container Apps: the infrastructure with the app, PostgreSQL's role, and API Management. docs/container-apps.md.
# It can run again at any time. With HX_LIVE_REVISION the new revision gets no requests, and is only there to be tried.
set -eu
cd "$(dirname "$0")/../.."
. infra/hooks/common.sh

environment=$(profile)
AZURE_ENV_NAME=${AZURE_ENV_NAME:-$environment}
export AZURE_ENV_NAME
needs_azure
[ -n "${AZURE_RESOURCE_GROUP:-}" ] || stop "AZURE_RESOURCE_GROUP is not set."
case ${HX_IMAGE:-} in
  *@sha256:*) ;;
  *) stop "HX_IMAGE is not an image by its digest: NAME@sha256:..." ;;
esac

# Variables, login, resource providers. hx serve knows keys alone.
HX_GUARD_LOGIN=key sh infra/hooks/preprovision.sh

# What passes by itself: a role that isn't everywhere yet, an app that isn't there yet, a service that is busy.
passing='Forbidden|AuthorizationFailed|AccessDenied|does not have secrets get permission|PrincipalNotFound|NotFound|Conflict|ServerIsBusy'
passing="$passing|ServiceActivating|TooManyRequests|InternalServerError|BadGateway|ServiceUnavailable|GatewayTimeout|EncountersAnError|unable to pull image"
problems=$(mktemp)
trap 'rm -f "$problems"' EXIT

deploy() {
  try=1
  until azure deployment group create --name "$1" --resource-group "$AZURE_RESOURCE_GROUP" --parameters "$2" --output none 2>"$problems"; do
    cat "$problems" >&2
    grep -Eq "$passing" "$problems" || stop "That doesn't pass by waiting. Put it right, then run this again."
    [ "$try" -lt "$tries" ] || stop "Gave up after $tries tries. Nothing is half done that another run doesn't finish."
    say "try $try: not yet; again in $pause s"
    try=$((try + 1))
    sleep "$pause"
  done
}

# The guard's key is made once. It goes to Azure as a secure parameter, by the environment, and is kept in the vault alone.
if [ -z "${HX_GUARD_KEY:-}" ]; then
  vault=${HX_VAULT_ID:-}
  [ -n "$vault" ] || vault=$(azure keyvault list --resource-group "$AZURE_RESOURCE_GROUP" --query "[?tags.\"azd-env-name\"=='$AZURE_ENV_NAME'].id" --output tsv)
  made=no
  there=
  if [ -n "$vault" ]; then
    made=yes
    # Both: API Management's and hx serve's. A function app's key is another one, by another name.
    for secret in hx-serve-guard-key hx-serve-keys; do
      # Resource Manager says whether a secret is there, and never what it is; it needs no way into the vault's network.
      # The id says the subscription.
      if ! az resource show --ids "$vault/secrets/$secret" --api-version 2023-07-01 --query name --output tsv >/dev/null 2>"$problems"; then
        grep -Eq 'NotFound|not found' "$problems" || { cat "$problems" >&2; stop "Can't tell whether the guard's key is there."; }
        made=no
      else
        there=$secret
      fi
    done
  fi
  # An app that runs with keys would know no new one before its next start, and API Management no old one after this.
  if [ "$made" = no ] && [ "$there" = hx-serve-keys ]; then
    stop "The vault has the app's keys (hx-serve-keys) and, for API Management, none by the name hx-serve-guard-key. Set HX_GUARD_KEY to the key that API Management sends now, the secret hx-guard-key of earlier versions. hx-serve-keys is written anew: then add your other keys again."
  fi
  if [ "$made" = no ]; then
    say "makes the guard's key"
    HX_GUARD_KEY=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
    export HX_GUARD_KEY
  fi
fi

# The template keeps the latest revision's name for the same content, if it is active, and finds an unused one for any other.
latest=$(azure containerapp list --resource-group "$AZURE_RESOURCE_GROUP" \
  --query "[?tags.\"azd-env-name\"=='$AZURE_ENV_NAME' && starts_with(name, 'ca-hx-')].properties.latestRevisionName" --output tsv)
HX_LATEST_REVISION=${latest##*--}
if [ -n "$latest" ]; then
  active=$(azure containerapp revision show --name "${latest%--*}" --resource-group "$AZURE_RESOURCE_GROUP" --revision "$latest" \
    --query properties.active --output tsv)
  case $active in
    [Tt]rue) ;;
    *) HX_LATEST_REVISION=inactive-$HX_LATEST_REVISION ;;
  esac
fi
export HX_LATEST_REVISION

say "infrastructure and app"
deploy hx-container-apps infra/container-apps/main.bicepparam
unset HX_GUARD_KEY
sh infra/hooks/postgres-role.sh start
say "API Management"
deploy hx-connect infra/container-apps/connect.bicepparam

url=$(azure deployment group show --name hx-container-apps --resource-group "$AZURE_RESOURCE_GROUP" \
  --query properties.outputs.containerAppUrl.value --output tsv)
revision=$(azure deployment group show --name hx-container-apps --resource-group "$AZURE_RESOURCE_GROUP" \
  --query properties.outputs.revision.value --output tsv)
say "$url, revision $revision"
if [ -n "${HX_LIVE_REVISION:-}" ] && [ "$HX_LIVE_REVISION" != "$revision" ]; then
  say "Requests go to $HX_LIVE_REVISION. To try $revision: the same address with ---next behind the app's name. To take it: run this again without HX_LIVE_REVISION."
fi
