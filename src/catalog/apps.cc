#include <fmt/format.h>
#include <soci/soci.h>

#include "base/encoding.h"
#include "catalog/names.h"
#include "catalog/sqlite_catalog.h"

namespace rawhaul {
namespace {

constexpr std::string_view kSelect =
    "SELECT id, subscription, resource_group, collection, name, platform, created, key_hash FROM apps";

// No name holds a '/', so two paths with one key are one path.
std::string KeyOf(const AppPath& path) {
  return ToLower(
      fmt::format("{}/{}/{}/{}", path.subscription, path.resource_group, path.collection, path.name));
}

using AppWithKey = AppCatalog::AppWithKey;

// The apps of which `column` is `value`.
std::vector<AppWithKey> Select(soci::session& sql, std::string_view column, const std::string& value) {
  AppWithKey row;
  long long id = 0;
  long long created = 0;
  soci::statement statement =
      (sql.prepare << fmt::format("{} WHERE {} = :value ORDER BY id", kSelect, column), soci::use(value),
       soci::into(id), soci::into(row.app.path.subscription), soci::into(row.app.path.resource_group),
       soci::into(row.app.path.collection), soci::into(row.app.path.name), soci::into(row.app.platform),
       soci::into(created), soci::into(row.key_hash));
  statement.execute();
  std::vector<AppWithKey> rows;
  while (statement.fetch()) {
    row.app.id = static_cast<uint32_t>(id);
    row.app.created = FromMillis(created);
    rows.push_back(row);
  }
  return rows;
}

class Apps final : public AppCatalog {
 public:
  explicit Apps(Database& database) : database_(database) {}

  Result<App> Create(const AppPath& path, std::string_view platform, std::string_view key_id,
                     std::string_view key_hash, Timestamp created) override {
    RAWHAUL_TRY(CheckAppPath(path));
    RAWHAUL_ASSIGN(const std::string known_platform, CheckPlatform(platform));
    App app{.id = 0, .path = path, .platform = known_platform, .created = created};
    return database_.Run(
        [&](soci::session& sql) { return Insert(sql, app, std::string(key_id), std::string(key_hash)); });
  }

  Result<std::optional<App>> Find(const AppPath& path) override {
    return database_.Run([&](soci::session& sql) -> Result<std::optional<App>> {
      const std::vector<AppWithKey> rows = Select(sql, "path_key", KeyOf(path));
      if (rows.empty()) return std::nullopt;
      return rows.front().app;
    });
  }

  Result<std::optional<AppWithKey>> FindByKeyId(std::string_view key_id) override {
    return database_.Run([&](soci::session& sql) -> Result<std::optional<AppWithKey>> {
      const std::vector<AppWithKey> rows = Select(sql, "key_id", std::string(key_id));
      if (rows.empty()) return std::nullopt;
      return rows.front();
    });
  }

  Status ReplaceKeyHash(std::string_view key_id, std::string_view from, std::string_view to) override {
    const std::string id(key_id);
    const std::string old_hash(from);
    const std::string new_hash(to);
    return database_.Run([&](soci::session& sql) -> Status {
      sql << "UPDATE apps SET key_hash = :new_hash WHERE key_id = :id AND key_hash = :old_hash",
          soci::use(new_hash), soci::use(id), soci::use(old_hash);
      return {};
    });
  }

  Result<std::vector<App>> List(std::string_view subscription) override {
    return database_.Run([&](soci::session& sql) -> Result<std::vector<App>> {
      std::vector<App> apps;
      for (AppWithKey& row : Select(sql, "subscription_key", ToLower(subscription)))
        apps.push_back(std::move(row.app));
      return apps;
    });
  }

 private:
  static Result<App> Insert(soci::session& sql, App app, const std::string& key_id,
                            const std::string& key_hash) {
    const AppPath& path = app.path;
    const std::string subscription_key = ToLower(path.subscription);
    const std::string path_key = KeyOf(path);
    const long long created = ToMillis(app.created);
    soci::statement statement =
        (sql.prepare
             << "INSERT INTO apps (subscription, resource_group, collection, name, subscription_key, "
                "path_key,"
                " platform, key_id, key_hash, created)"
                " VALUES (:subscription, :resource_group, :collection, :name, :subscription_key, :path_key,"
                " :platform, :key_id, :key_hash, :created) ON CONFLICT (path_key) DO NOTHING",
         soci::use(path.subscription), soci::use(path.resource_group), soci::use(path.collection),
         soci::use(path.name), soci::use(subscription_key), soci::use(path_key), soci::use(app.platform),
         soci::use(key_id), soci::use(key_hash), soci::use(created));
    statement.execute(true);
    if (statement.get_affected_rows() == 0) {
      return Fail(ErrorCode::kConflict,
                  fmt::format("an app \"{}\" exists in the collection \"{}\" of the resource group \"{}\"",
                              path.name, path.collection, path.resource_group));
    }
    long long id = 0;
    sql.get_last_insert_id("apps", id);
    app.id = static_cast<uint32_t>(id);
    return app;
  }

  Database& database_;
};

}  // namespace

std::unique_ptr<AppCatalog> MakeAppCatalog(Database& database) { return std::make_unique<Apps>(database); }

}  // namespace rawhaul
