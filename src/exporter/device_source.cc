#include <algorithm>

#include "exporter/source.h"

namespace rawhaul {
namespace {

constexpr uint64_t kDevicesPerPiece = 2000;
constexpr uint64_t kBytesPerDevice = 512;  // a guess of the encoded size

class DevicePiece final : public PieceReader {
 public:
  DevicePiece(const ExportRequest& request, std::unique_ptr<DeviceCursor> cursor)
      : type_(request.type), format_(request.format), cursor_(std::move(cursor)) {}

  Result<Encoded> Fill(ByteBuffer& out, size_t target_bytes) override {
    Encoded sum;
    Device device;
    while (out.size() < target_bytes && cursor_->Next(device)) {
      sum.rows += EncodeDevice(type_, format_, device, out).rows;
    }
    RAWHAUL_TRY(cursor_->status());
    return sum;
  }

 private:
  const ExportType type_;
  const ExportFormat format_;
  std::unique_ptr<DeviceCursor> cursor_;
};

// Pieces are equal parts of the id space: device ids are hashes or random, so they hold about as many devices
// each.
class DeviceSource final : public ExportSource {
 public:
  DeviceSource(const ExportRequest& request, std::shared_ptr<const DeviceSnapshot> snapshot)
      : request_(request),
        snapshot_(std::move(snapshot)),
        count_(snapshot_->ApproximateCount()),
        pieces_(std::clamp<uint64_t>(count_ / kDevicesPerPiece, 1, 256)) {}

  size_t pieces() const override { return pieces_; }
  uint64_t EstimateBytes(size_t) const override { return count_ / pieces_ * kBytesPerDevice; }
  Result<std::unique_ptr<PieceReader>> Open(size_t piece) const override {
    const auto first = static_cast<uint8_t>(256 * piece / pieces_);
    const auto last = static_cast<uint8_t>(256 * (piece + 1) / pieces_ - 1);
    return std::make_unique<DevicePiece>(request_, snapshot_->Read(first, last));
  }

 private:
  const ExportRequest request_;
  const std::shared_ptr<const DeviceSnapshot> snapshot_;
  const uint64_t count_;  // asked for once: the store looks it up
  const size_t pieces_;
};

}  // namespace

Result<std::unique_ptr<ExportSource>> PlanDevices(const ExportTask& task, const Stores& stores) {
  return std::make_unique<DeviceSource>(task.request, stores.devices().Snapshot(task.request.app));
}

}  // namespace rawhaul
