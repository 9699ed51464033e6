#include "identity/registration.h"

#include <algorithm>
#include <string>

#include "base/guid.h"
#include "catalog/names.h"
#include "identity/access.h"
#include "identity/collect_keys.h"
#include "identity/secret_hash.h"

namespace rawhaul {
namespace {

constexpr size_t kSecretBytes = 32;

bool IsTenantCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

Status CheckTenant(std::string_view tenant) {
  RAWHAUL_TRY(CheckName("the tenant", tenant, kMaxNameCharacters));
  if (std::all_of(tenant.begin(), tenant.end(), IsTenantCharacter)) return {};
  return Fail(ErrorCode::kInvalidArgument, "the tenant may hold letters, digits, '.', '_' and '-' only");
}

std::string NewClientId() {
  std::string id = RandomGuid().ToHex();
  for (const size_t at : {20, 16, 12, 8}) id.insert(at, 1, '-');
  return id;
}

}  // namespace

Result<NewClient> CreateClient(ClientCatalog& clients, std::string_view tenant, std::string_view name,
                               Role role, std::string_view scope, Timestamp now) {
  RAWHAUL_TRY(CheckTenant(tenant));
  RAWHAUL_TRY(CheckName("the client's name", name, kMaxNameCharacters));
  RAWHAUL_TRY(CheckScope(scope));
  NewClient created{.client = {.id = NewClientId(),
                               .tenant = std::string(tenant),
                               .name = std::string(name),
                               .role = role,
                               .scope = std::string(scope)},
                    .secret = Secret("rhs_" + RandomToken(kSecretBytes))};
  RAWHAUL_TRY(clients.Create(created.client, HashSecret(created.secret.Reveal()), now));
  return created;
}

Result<NewApp> CreateApp(AppCatalog& apps, const AppPath& path, std::string_view platform, Timestamp now) {
  NewCollectKey key = MakeCollectKey();
  RAWHAUL_ASSIGN(App app, apps.Create(path, platform, key.key_id, key.hash, now));
  return NewApp{std::move(app), std::move(key.key)};
}

}  // namespace rawhaul
