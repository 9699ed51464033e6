#include "catalog/sqlite_catalog.h"

namespace rawhaul {
namespace {

class SqliteCatalog final : public Catalog {
 public:
  explicit SqliteCatalog(std::unique_ptr<Database> database)
      : database_(std::move(database)),
        apps_(MakeAppCatalog(*database_)),
        clients_(MakeClientCatalog(*database_)),
        campaigns_(MakeCampaignCatalog(*database_)),
        pushes_(MakePushCatalog(*database_)),
        tasks_(MakeTaskCatalog(*database_)),
        imports_(MakeImportCatalog(*database_)) {}

  AppCatalog& apps() override { return *apps_; }
  ClientCatalog& clients() override { return *clients_; }
  CampaignCatalog& campaigns() override { return *campaigns_; }
  PushCatalog& pushes() override { return *pushes_; }
  TaskCatalog& tasks() override { return *tasks_; }
  ImportCatalog& imports() override { return *imports_; }
  Status CheckWritable() override { return database_->CheckWritable(); }

 private:
  const std::unique_ptr<Database> database_;
  const std::unique_ptr<AppCatalog> apps_;
  const std::unique_ptr<ClientCatalog> clients_;
  const std::unique_ptr<CampaignCatalog> campaigns_;
  const std::unique_ptr<PushCatalog> pushes_;
  const std::unique_ptr<TaskCatalog> tasks_;
  const std::unique_ptr<ImportCatalog> imports_;
};

}  // namespace

Result<std::unique_ptr<Catalog>> OpenSqliteCatalog(const std::filesystem::path& file, OldSchema old) {
  RAWHAUL_ASSIGN(std::unique_ptr<Database> database, Database::OpenSqlite(file));
  const auto migrations = SqliteMigrations();
  RAWHAUL_TRY(old == OldSchema::kMigrate ? database->Migrate(migrations) : database->CheckSchema(migrations));
  return std::make_unique<SqliteCatalog>(std::move(database));
}

}  // namespace rawhaul
