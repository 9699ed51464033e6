#include <soci/soci.h>

#include <map>

#include "base/mutex.h"
#include "catalog/sqlite_catalog.h"
#include "catalog/transaction.h"

namespace rawhaul {
namespace {

// Deletes what has expired, and of the rest what no device waits for any more.
void Sweep(soci::session& sql, Timestamp now) {
  const long long millis = ToMillis(now);
  sql << "DELETE FROM pushed_devices WHERE push_id IN (SELECT id FROM pushes WHERE expires <= :now)",
      soci::use(millis);
  sql << "DELETE FROM pushes WHERE expires <= :now"
         " OR NOT EXISTS (SELECT 1 FROM pushed_devices WHERE push_id = pushes.id)",
      soci::use(millis);
}

long long InsertPush(soci::session& sql, const CampaignPush& push) {
  const auto kind = static_cast<long long>(push.kind);
  const long long expires = ToMillis(push.expires);
  sql << "INSERT INTO pushes (kind, content, expires) VALUES (:kind, :content, :expires)", soci::use(kind),
      soci::use(push.content), soci::use(expires);
  long long id = 0;
  sql.get_last_insert_id("pushes", id);
  return id;
}

void InsertDevices(soci::session& sql, long long app, long long campaign, long long push,
                   std::span<const PushedDevice> devices) {
  std::string device;
  long long flags = 0;
  long long last = 0;
  soci::statement statement =
      (sql.prepare << "INSERT INTO pushed_devices (app_id, device, campaign_id, push_id, flags, last)"
                      " VALUES (:app, :device, :campaign, :push, :flags, :last)"
                      " ON CONFLICT (app_id, device, campaign_id) DO UPDATE SET"
                      " push_id = excluded.push_id, flags = excluded.flags, last = excluded.last",
       soci::use(app), soci::use(device), soci::use(campaign), soci::use(push), soci::use(flags),
       soci::use(last));
  for (const PushedDevice& row : devices) {
    device = row.device.ToHex();
    flags = row.flags;
    last = ToMillis(row.last);
    statement.execute(true);
  }
}

std::vector<PushCatalog::Waiting> SelectWaiting(soci::session& sql, uint32_t app_id, const Guid& guid,
                                                Timestamp now) {
  const long long app = app_id;
  const std::string device = guid.ToHex();
  const long long millis = ToMillis(now);
  std::string content;
  long long kind = 0;
  long long campaign = 0;
  long long expires = 0;
  long long flags = 0;
  long long last = 0;
  soci::statement statement =
      (sql.prepare << "SELECT kind, campaign_id, content, expires, flags, last"
                      " FROM pushed_devices JOIN pushes ON pushes.id = push_id"
                      " WHERE app_id = :app AND device = :device AND expires > :now ORDER BY push_id",
       soci::use(app), soci::use(device), soci::use(millis), soci::into(kind), soci::into(campaign),
       soci::into(content), soci::into(expires), soci::into(flags), soci::into(last));
  statement.execute();
  std::vector<PushCatalog::Waiting> waiting;
  while (statement.fetch()) {
    waiting.push_back({{.kind = static_cast<CampaignType>(kind),
                        .campaign_id = static_cast<uint64_t>(campaign),
                        .content = content,
                        .expires = FromMillis(expires)},
                       {guid, static_cast<uint16_t>(flags), FromMillis(last)}});
  }
  return waiting;
}

bool SelectAnyWaits(soci::session& sql, long long app) {
  int any = 0;
  sql << "SELECT EXISTS (SELECT 1 FROM pushed_devices WHERE app_id = :app)", soci::use(app), soci::into(any);
  return any != 0;
}

class SqlitePushes final : public PushCatalog {
 public:
  explicit SqlitePushes(Database& database) : database_(database) {}

  Status Push(uint32_t app, const CampaignPush& push, std::span<const PushedDevice> devices,
              Timestamp now) override {
    return database_.Run([&](soci::session& sql) -> Status {
      WriteTransaction transaction(sql);
      Sweep(sql, now);
      InsertDevices(sql, app, static_cast<long long>(push.campaign_id), InsertPush(sql, push), devices);
      Forget(app);
      transaction.Commit();
      return {};
    });
  }

  Result<uint64_t> PushTest(uint32_t app, const CampaignPush& push, const Guid& device,
                            Timestamp now) override {
    return database_.Run([&](soci::session& sql) -> Result<uint64_t> {
      WriteTransaction transaction(sql);
      Sweep(sql, now);
      const long long id = InsertPush(sql, push);
      const uint64_t test = kFirstTestId + static_cast<uint64_t>(id);
      const PushedDevice row{device, 0, {}};
      InsertDevices(sql, app, static_cast<long long>(test), id, {&row, 1});
      Forget(app);
      transaction.Commit();
      return test;
    });
  }

  Result<std::vector<Waiting>> ListWaiting(uint32_t app, const Guid& device, Timestamp now) override {
    if (!MayWait(app)) return std::vector<Waiting>();
    return database_.Run([&](soci::session& sql) -> Result<std::vector<Waiting>> {
      // Under the database's lock: what is pushed after this is forgotten again.
      const bool any = SelectAnyWaits(sql, app);
      Remember(app, any);
      return any ? SelectWaiting(sql, app, device, now) : std::vector<Waiting>();
    });
  }

  Status Remove(uint32_t app, const Guid& guid, uint64_t campaign_id) override {
    return database_.Run([&](soci::session& sql) -> Status {
      const long long app_id = app;
      const std::string device = guid.ToHex();
      const auto campaign = static_cast<long long>(campaign_id);
      sql << "DELETE FROM pushed_devices WHERE app_id = :app AND device = :device AND campaign_id = "
             ":campaign",
          soci::use(app_id), soci::use(device), soci::use(campaign);
      return {};
    });
  }

 private:
  bool MayWait(uint32_t app) const {
    const MutexLock lock(mutex_);
    const auto known = any_waits_.find(app);
    return known == any_waits_.end() || known->second;
  }
  void Remember(uint32_t app, bool any) {
    const MutexLock lock(mutex_);
    any_waits_[app] = any;
  }
  void Forget(uint32_t app) {
    const MutexLock lock(mutex_);
    any_waits_.erase(app);
  }

  Database& database_;
  mutable Mutex mutex_;
  // By app. Only this process pushes.
  std::map<uint32_t, bool> any_waits_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<PushCatalog> MakePushCatalog(Database& database) {
  return std::make_unique<SqlitePushes>(database);
}

}  // namespace rawhaul
