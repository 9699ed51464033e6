// Makes what the commands `app create` and `client create` make. The secrets are shown to the operator once;
// the catalog has their hashes.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "catalog/catalog.h"

namespace rawhaul {

struct NewClient {
  Client client;
  Secret secret;  // "rhs_..."
};
// kInvalidArgument unless `tenant` matches [A-Za-z0-9._-]{1,64} (and is not "." or ".."), `name` has 1 to 64
// characters and CheckScope takes `scope`.
Result<NewClient> CreateClient(ClientCatalog& clients, std::string_view tenant, std::string_view name,
                               Role role, std::string_view scope, Timestamp now);

struct NewApp {
  App app;
  Secret collect_key;  // "rhk_..."
};
// Refused as AppCatalog::Create does.
Result<NewApp> CreateApp(AppCatalog& apps, const AppPath& path, std::string_view platform, Timestamp now);

}  // namespace rawhaul
