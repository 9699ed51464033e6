#include "exporter/source.h"

namespace rawhaul {

Result<std::unique_ptr<ExportSource>> PlanExport(const ExportTask& task, const Stores& stores) {
  if (RecordKindOf(task.request.type)) return PlanRecords(task, stores);
  if (task.request.type == ExportType::kPush) return PlanFeedback(task, stores);
  return PlanDevices(task, stores);
}

}  // namespace rawhaul
