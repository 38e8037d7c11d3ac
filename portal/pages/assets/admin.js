// The admin's Alpine is the build that evaluates nothing: what a page's attributes name is registered here.
// `theme`, `searchForm` and the others are unfold's own (unfold/js/app.js).
document.addEventListener("alpine:init", () => {
  const WIDE = "(min-width: 1280px)"; // where unfold's sidebar stands beside the page
  const KEPT = "sidebarDesktopOpen";

  for (const name of ["theme", "searchForm", "searchDropdown", "searchCommand"]) {
    if (typeof window[name] === "function") Alpine.data(name, window[name]);
  }

  Alpine.data("adminPage", () => ({
    activeTab: "",
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem(KEPT) !== "0",
    init() {
      this.activeTab = getCurrentTab() || this.$el.dataset.tab;
    },
    // unfold's forms read the address of the page in an expression, and no expression reaches a global
    get window() {
      return { location: { pathname: location.pathname, search: location.search } };
    },
    toggleSidebar() {
      if (!window.matchMedia(WIDE).matches) {
        this.sidebarMobileOpen = !this.sidebarMobileOpen;
        return;
      }
      this.sidebarDesktopOpen = !this.sidebarDesktopOpen;
      localStorage.setItem(KEPT, this.sidebarDesktopOpen ? "1" : "0");
    },
  }));
});
