if (navigator.language.startsWith("zh")) document.getElementById("zh").checked = true;
