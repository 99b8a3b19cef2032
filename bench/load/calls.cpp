#include "calls.hpp"
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace {

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(size_t length) {
    if (length > rest_.size()) throw std::runtime_error("the file of calls is cut off");
    const auto taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  std::uint32_t number() {
    const auto bytes = take(4);
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; i--) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }

 private:
  std::string_view rest_;
};

}  // namespace

Calls::Calls(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  bytes_.assign(std::istreambuf_iterator<char>(file), {});
  Reader reader(bytes_);
  if (!file || reader.take(8) != "KFCALLS1") throw std::runtime_error("this is not a file of calls");
  const auto count = reader.number();
  if (count == 0) throw std::runtime_error("there are no calls in the file");
  calls_.reserve(count);
  for (std::uint32_t i = 0; i < count; i++) {
    const auto body = reader.take(reader.number());
    const bool exact = reader.take(1)[0] == 0;
    calls_.push_back({body, reader.take(reader.number()), exact});
  }
}
