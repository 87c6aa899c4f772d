#include <filesystem>

int of_the_library();

int main() {
  int entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(".")) entries += entry.exists();
  return entries > 0 ? of_the_library() - 1 : 2;
}
