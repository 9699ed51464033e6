#include <fmt/format.h>
#include <soci/soci.h>

#include "base/encoding.h"
#include "catalog/sqlite_catalog.h"

namespace rawhaul {
namespace {

class Clients final : public ClientCatalog {
 public:
  explicit Clients(Database& database) : database_(database) {}

  Status Create(const Client& client, std::string_view secret_hash, Timestamp created) override {
    return database_.Run(
        [&](soci::session& sql) { return Insert(sql, client, std::string(secret_hash), ToMillis(created)); });
  }

  Result<std::optional<ClientWithSecret>> Find(std::string_view tenant, std::string_view client_id) override {
    return database_.Run(
        [&](soci::session& sql) { return Select(sql, ToLower(tenant), ToLower(client_id)); });
  }

  Status ReplaceSecretHash(std::string_view client_id, std::string_view from, std::string_view to) override {
    const std::string id = ToLower(client_id);
    const std::string old_hash(from);
    const std::string new_hash(to);
    return database_.Run([&](soci::session& sql) -> Status {
      sql << "UPDATE clients SET secret_hash = :new_hash WHERE id = :id AND secret_hash = :old_hash",
          soci::use(new_hash), soci::use(id), soci::use(old_hash);
      return {};
    });
  }

 private:
  static Status Insert(soci::session& sql, const Client& client, const std::string& secret_hash,
                       long long created) {
    const std::string id = ToLower(client.id);
    const std::string tenant_key = ToLower(client.tenant);
    const std::string role(ToString(client.role));
    soci::statement statement =
        (sql.prepare
             << "INSERT INTO clients (id, tenant_key, tenant, name, role, scope, secret_hash, created)"
                " VALUES (:id, :tenant_key, :tenant, :name, :role, :scope, :secret_hash, :created)"
                " ON CONFLICT (id) DO NOTHING",
         soci::use(id), soci::use(tenant_key), soci::use(client.tenant), soci::use(client.name),
         soci::use(role), soci::use(client.scope), soci::use(secret_hash), soci::use(created));
    statement.execute(true);
    if (statement.get_affected_rows() != 0) return {};
    return Fail(ErrorCode::kConflict, fmt::format("a client with the id {} exists", id));
  }

  static Result<std::optional<ClientWithSecret>> Select(soci::session& sql, const std::string& tenant_key,
                                                        const std::string& id) {
    ClientWithSecret row;
    std::string role;
    sql << "SELECT id, tenant, name, role, scope, secret_hash FROM clients"
           " WHERE id = :id AND tenant_key = :tenant_key",
        soci::use(id), soci::use(tenant_key), soci::into(row.client.id), soci::into(row.client.tenant),
        soci::into(row.client.name), soci::into(role), soci::into(row.client.scope),
        soci::into(row.secret_hash);
    if (!sql.got_data()) return std::nullopt;
    const std::optional<Role> known = ParseRole(role);
    if (!known) return Fail(ErrorCode::kDataLoss, fmt::format("the client {} has no role that is known", id));
    row.client.role = *known;
    return row;
  }

  Database& database_;
};

}  // namespace

std::unique_ptr<ClientCatalog> MakeClientCatalog(Database& database) {
  return std::make_unique<Clients>(database);
}

}  // namespace rawhaul
