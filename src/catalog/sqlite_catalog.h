// The parts of a catalog that lives in a Database. `database` must outlive them.
#pragma once

#include <memory>

#include "catalog/catalog.h"
#include "catalog/database.h"

namespace rawhaul {

std::unique_ptr<AppCatalog> MakeAppCatalog(Database& database);
std::unique_ptr<ClientCatalog> MakeClientCatalog(Database& database);
std::unique_ptr<CampaignCatalog> MakeCampaignCatalog(Database& database);
std::unique_ptr<PushCatalog> MakePushCatalog(Database& database);
std::unique_ptr<TaskCatalog> MakeTaskCatalog(Database& database);
std::unique_ptr<ImportCatalog> MakeImportCatalog(Database& database);

}  // namespace rawhaul
