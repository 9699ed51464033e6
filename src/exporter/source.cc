#include "exporter/source.h"

namespace rawhaul {

Result<std::unique_ptr<ExportSource>> PlanExport(const ExportTask& task, const Stores& stores,
                                                 const CampaignSpans& in_progress,
                                                 const std::optional<RecordPosition>& after,
                                                 const std::stop_token& stop) {
  if (task.request.type == ExportType::kSession) return PlanSessions(task, stores, after, stop);
  if (RecordKindOf(task.request.type)) return PlanRecords(task, stores, after, stop);
  if (task.request.type == ExportType::kPush) return PlanFeedback(task, stores, in_progress, stop);
  return PlanDevices(task, stores);
}

}  // namespace rawhaul
