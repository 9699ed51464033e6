#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <memory>

#include "format/compressor.h"

namespace rawhaul {
namespace {

class Gunzipper {
 public:
  Gunzipper(std::string_view gzip, size_t max_bytes) : rest_(gzip), max_bytes_(max_bytes) {}

  Result<std::string> Run() {
    do {
      RAWHAUL_TRY(UnpackMember());
    } while (!rest_.empty());
    out_.resize(size_);
    return std::move(out_);
  }

 private:
  static constexpr size_t kMaxPart = size_t{1} << 30;  // ISA-L counts in 32 bits
  static constexpr size_t kFirstOutput = 16 << 10;

  Status UnpackMember() {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;
    while (state_->block_state != ISAL_BLOCK_FINISH) {
      if (size_ == out_.size()) Grow();
      RAWHAUL_TRY(Step());
    }
    return {};
  }

  // Up to one byte above the limit, which only output that is too large reaches.
  void Grow() {
    const size_t limit = std::max(max_bytes_, max_bytes_ + 1);
    out_.resize(std::min(limit, std::max(kFirstOutput, 2 * out_.size())));
  }

  // Unpacks until the input or the room for output is used up or the member ends.
  Status Step() {
    const size_t in = std::min(rest_.size(), kMaxPart);
    const size_t room = std::min(out_.size() - size_, kMaxPart);
    state_->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(rest_.data()));
    state_->avail_in = static_cast<uint32_t>(in);
    state_->next_out = reinterpret_cast<uint8_t*>(out_.data() + size_);
    state_->avail_out = static_cast<uint32_t>(room);
    const int status = isal_inflate(state_.get());
    // After an error its counts may be wrong: it can have "consumed" more than there is.
    if (status < 0) return Fail(ErrorCode::kInvalidArgument, "the body is not valid gzip");
    rest_.remove_prefix(in - state_->avail_in);
    size_ += room - state_->avail_out;
    if (size_ > max_bytes_) {
      return Fail(ErrorCode::kTooLarge,
                  "the gzip body unpacks to more than " + std::to_string(max_bytes_) + " bytes");
    }
    const bool starved = rest_.empty() && state_->avail_out > 0 && state_->block_state != ISAL_BLOCK_FINISH;
    if (starved) return Fail(ErrorCode::kInvalidArgument, "the gzip body ends too early");
    return {};
  }

  // Of some 100 KiB, most of it a window that needs no clearing.
  std::unique_ptr<inflate_state> state_ = std::make_unique_for_overwrite<inflate_state>();
  std::string_view rest_;
  size_t max_bytes_;
  std::string out_;
  size_t size_ = 0;  // of what counts in out_
};

}  // namespace

Result<std::string> GunzipBounded(std::string_view gzip, size_t max_bytes) {
  return Gunzipper(gzip, max_bytes).Run();
}

}  // namespace rawhaul
